/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/summary.h"

#include "policy/rules.h"
#include "suite.h"

enum { MOST = 6 };

/* A few fields are all that a summary asks of an event; text that is NULL is not there. */
static const struct {
	struct {
		enum event_kind kind;
		enum verdict verdict;
		const char *host, *action, *package, *change, *file;
	} ev[MOST];
	const char *line;
} rows[] = {
	{ { { EVENT_TASK_END } }, "" },
	{ { { EVENT_NET_CONNECT, VERDICT_ALLOW, "a.test" } }, "" },
	{ { { EVENT_DNS_QUERY, VERDICT_DENY, "b.test" },
	    { EVENT_NET_CONNECT, VERDICT_DENY, "b.test" } },
	  "1 request refused; agentbox report T" },
	{ { { EVENT_NET_CONNECT, VERDICT_ALLOW, "a.test" },
	    { EVENT_NET_CONNECT, VERDICT_ALLOW, "a.test" },
	    { EVENT_HTTP_REQUEST, VERDICT_DENY, "a.test" },
	    { EVENT_HTTP_REQUEST, VERDICT_ALLOW, "a.test" } },
	  "1 request refused, 1 host reached; agentbox report T" },
	{ { { EVENT_NET_CONNECT, VERDICT_ALLOW, "gone.test" },
	    { EVENT_NET_FAILED, .host = "gone.test" },
	    { EVENT_NET_CONNECT, VERDICT_ALLOW, "a.test" },
	    { EVENT_NET_CONNECT, VERDICT_ALLOW, "a.test" },
	    { EVENT_NET_FAILED, .host = "a.test" },
	    { EVENT_PACKAGE_FETCH, .package = "pkg:npm/a@1" } },
	  "1 package fetched, 1 host reached; agentbox report T" },
	{ { { EVENT_PACKAGE_DENY, VERDICT_DENY, "a.test", "audit" },
	    { EVENT_HTTP_REQUEST, VERDICT_DENY, "a.test", "audit" },
	    { EVENT_PUBLISH_DENY, VERDICT_DENY, "a.test", "publish" },
	    { EVENT_HTTP_REQUEST, VERDICT_DENY, "a.test", "publish" } },
	  "2 requests refused; agentbox report T" },
	{ { { EVENT_PACKAGE_FETCH, VERDICT_ALLOW, "a.test", NULL, "pkg:npm/a@1" },
	    { EVENT_LOCKFILE_CHANGE, .change = "content", .file = "package-lock.json" },
	    { EVENT_LOCKFILE_CHANGE, .package = "pkg:npm/a@1", .change = "add",
	      .file = "package-lock.json" },
	    { EVENT_LOCKFILE_CHANGE, .package = "pkg:npm/b@2", .change = "upgrade",
	      .file = "x/\033[2J" },
	    { EVENT_NET_CONNECT, VERDICT_ALLOW, "a.test" } },
	  "1 package fetched, 1 package added, 1 package changed in package-lock.json, "
	  "x/\\x1b[2J, 1 host reached; agentbox report T" },
	{ { { EVENT_LOCKFILE_CHANGE, .change = "content", .file = "go.sum" } },
	  "lock files changed in go.sum; agentbox report T" },
	{ { { EVENT_PACKAGE_FETCH, VERDICT_ALLOW, "a.test", NULL, "pkg:golang/a@1" },
	    { EVENT_LOCKFILE_CHANGE, .change = "content", .file = "go.sum" } },
	  "1 package fetched, lock files changed in go.sum; agentbox report T" },
};

static void text(struct event *ev, enum field field, const char *value)
{
	if (value)
		event_text(ev, field, str_of(value));
}

START_TEST(test_row)
{
	struct summary s = { 0 };
	char space[1024];
	struct buf out = BUF(space);

	for (size_t i = 0; i < MOST && rows[_i].ev[i].kind; i++) {
		struct event ev = event_new(rows[_i].ev[i].kind);

		if (rows[_i].ev[i].host && ev.kind != EVENT_NET_FAILED)
			event_num(&ev, FIELD_VERDICT, rows[_i].ev[i].verdict);
		text(&ev, FIELD_HOST, rows[_i].ev[i].host);
		text(&ev, FIELD_ACTION, rows[_i].ev[i].action);
		text(&ev, FIELD_PACKAGE, rows[_i].ev[i].package);
		text(&ev, FIELD_CHANGE, rows[_i].ev[i].change);
		text(&ev, FIELD_FILE, rows[_i].ev[i].file);
		summary_note(&s, &ev);
	}
	summary_print(&s, "T", &out);
	ck_assert_str_eq(out.n ? out.p : "", rows[_i].line);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_row, 0, LEN(rows));
}

int main(void)
{
	return suite_run("summary", add);
}
