# cmake -DNPM=<npm> -DOUT=<folder> -P docs.cmake
#
# Fetches the viewers of /docs and /redoc and lays what chatd serves into OUT. The versions are
# pinned by the hash of their archives. What cannot be had is left out, with a message: chatd then
# serves a plain page of its own. npm's time is bounded, so that no network means no long wait.
set(seconds 40)
set(work ${OUT}.fetch)

function(fetch package version sha512)
	file(REMOVE_RECURSE ${work})
	file(MAKE_DIRECTORY ${work})
	execute_process(
		COMMAND ${NPM} pack --silent --ignore-scripts --fetch-retries=0 ${package}@${version}
		WORKING_DIRECTORY ${work} TIMEOUT ${seconds} RESULT_VARIABLE result
		OUTPUT_QUIET ERROR_QUIET)
	set(archive ${work}/${package}-${version}.tgz)
	if(NOT result EQUAL 0 OR NOT EXISTS ${archive})
		message("docs: npm could not fetch ${package}; chatd shows a plain page instead")
		return()
	endif()
	file(SHA512 ${archive} hash)
	if(NOT hash STREQUAL sha512)
		message("docs: ${package} ${version} is not the archive that was expected; left out")
		return()
	endif()
	file(ARCHIVE_EXTRACT INPUT ${archive} DESTINATION ${work})
	file(COPY_FILE ${work}/package/LICENSE ${work}/package/${package}.LICENSE.txt)
	foreach(file IN LISTS ARGN ITEMS ${package}.LICENSE.txt)
		cmake_path(GET file FILENAME name)
		file(COPY_FILE ${work}/package/${file} ${OUT}/${name} ONLY_IF_DIFFERENT)
	endforeach()
endfunction()

file(MAKE_DIRECTORY ${OUT})
fetch(swagger-ui-dist 5.35.0
	534eaba4cb56f55dd73c638179a993512af4674f63317e0826e00da44fc465b021c341bc0a0c2bcd4e18997927fe1d3008336c5dd19aad334d1c2dec53cc9551
	swagger-ui.css swagger-ui-bundle.js swagger-ui-bundle.js.LICENSE.txt NOTICE)
fetch(redoc 2.5.4
	33a8d6846d6aa019c7e93166cc99ecb72099f3b1e6398fd4cc39bbf261e262284476557f61c4bda203a8d4d94496724c78bb32c4715edb215ce2c3631d3ac005
	bundles/redoc.standalone.js bundles/redoc.standalone.js.LICENSE.txt)
file(REMOVE_RECURSE ${work})
