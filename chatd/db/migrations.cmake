# cmake -DIN=<folder of NNN_name.sql> -DOUT=<file.c> -P migrations.cmake
#
# Writes the table that migrations.h declares, in the order of the numbers, which must be 1, 2, 3 …
# The text goes out byte by byte: a C string literal may not be longer than 4095 characters.
file(GLOB files ${IN}/*.sql)
list(SORT files COMPARE NATURAL)

set(arrays "")
set(rows "")
set(version 0)
foreach(file IN LISTS files)
	math(EXPR version "${version} + 1")
	cmake_path(GET file STEM name)
	if(NOT name MATCHES "^0*${version}_([a-z0-9_]+)$")
		message(FATAL_ERROR "${file}: expected number ${version} and a name")
	endif()
	set(name ${CMAKE_MATCH_1})
	file(READ ${file} hex HEX)
	string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${hex}")
	string(APPEND arrays "static const char sql_${version}[] = {${bytes}0};\n")
	string(APPEND rows "\t{${version}, \"${name}\", sql_${version}},\n")
endforeach()

file(WRITE ${OUT} "#include \"db/migrations.h\"\n\n${arrays}
const struct migration migrations[] = {\n${rows}};
const size_t n_migrations = sizeof(migrations) / sizeof(*migrations);\n")
