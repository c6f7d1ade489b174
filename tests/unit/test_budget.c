#include "net/budget.h"

#include "test.h"

#define MIB ((size_t)1 << 20)

static struct budget budget;
static struct budget_entry entries[16];

static void begin(size_t max)
{
	budget_init(&budget, max);
	memset(entries, 0, sizeof(entries));
}

static void end(void)
{
	for (int i = 0; i < 16; i++)
		budget_set(&budget, &entries[i], 1, 0, 0);
	CHECK_INT(budget.bytes, 0);
	CHECK_INT(budget.owners.count, 0);
	budget_release(&budget);
}

/* Which entry is to be closed; -1 for none. */
static int excess(int of, int64_t now)
{
	struct budget_entry *found = budget_excess(&budget, &entries[of], 0, now);

	return found == NULL ? -1 : (int)(found - entries);
}

static void counts(void)
{
	begin(100 * MIB);
	budget_set(&budget, &entries[0], 7, 1000, 0);
	budget_set(&budget, &entries[1], 7, 500, 0);
	budget_set(&budget, &entries[2], 8, 1, 0);
	CHECK_INT(budget.bytes, 1501);
	CHECK_INT(budget.owners.count, 2);
	budget_set(&budget, &entries[0], 7, 0, 0);
	budget_set(&budget, &entries[1], 7, 200, 0);
	CHECK_INT(budget.bytes, 201);
	end();
}

/* Of one owner: the one that has read nothing for longest, unless that was lately. */
static void one_owner(void)
{
	begin(100 * MIB);
	budget_set(&budget, &entries[0], 7, 5 * MIB, 1000);
	budget_set(&budget, &entries[1], 7, 2 * MIB, 2000);
	CHECK_INT(excess(1, 5000), -1);
	budget_set(&budget, &entries[2], 7, 2 * MIB, 3000);
	CHECK_INT(excess(2, 1500), -1);
	CHECK_INT(excess(2, 3000), 0);
	budget_set(&budget, &entries[0], 7, 5 * MIB - 1, 3000);
	CHECK_INT(excess(2, 3000), 1);
	budget_set(&budget, &entries[3], 8, 1, 3000);
	CHECK_INT(excess(3, 9000), -1);
	end();
}

/* The same, found without anything that happens to one of the owner's. */
static void overdue(void)
{
	begin(100 * MIB);
	budget_set(&budget, &entries[0], 7, 8 * MIB, 1000);
	budget_set(&budget, &entries[1], 8, 1, 0);
	CHECK(budget_overdue(&budget, 9000) == NULL);
	budget_set(&budget, &entries[2], 7, 1, 1500);
	CHECK(budget_overdue(&budget, 1500) == NULL);
	CHECK(budget_overdue(&budget, 2000) == &entries[0]);
	budget_set(&budget, &entries[0], 7, 0, 2000);
	CHECK(budget_overdue(&budget, 9000) == NULL);
	end();
}

/* A single answer may be as large as it is. */
static void one_answer(void)
{
	begin(100 * MIB);
	budget_set(&budget, &entries[0], 7, 20 * MIB, 0);
	CHECK_INT(excess(0, 100000), -1);
	end();
}

/* All together: whoever has read nothing for longest, whosever it is. */
static void everybody(void)
{
	begin(10 * MIB);
	for (int i = 0; i < 10; i++)
		budget_set(&budget, &entries[i], 100 + i, MIB, i);
	CHECK_INT(excess(9, 9), -1);
	budget_set(&budget, &entries[0], 100, MIB - 1, 10);
	budget_set(&budget, &entries[10], 110, 2, 11);
	CHECK_INT(excess(10, 11), 1);
	budget_set(&budget, &entries[1], 101, 0, 11);
	CHECK_INT(excess(10, 11), -1);
	/* For what is shared only those who do not read are closed. */
	CHECK(budget_excess(&budget, &entries[10], 2 * MIB, 11) == NULL);
	CHECK(budget_excess(&budget, &entries[10], 2 * MIB, 2000) == &entries[2]);
	end();
}

int main(void)
{
	RUN(counts);
	RUN(one_owner);
	RUN(overdue);
	RUN(one_answer);
	RUN(everybody);
	return test_end();
}
