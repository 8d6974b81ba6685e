/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/sink.h"

#include "suite.h"

#define A16 "aaaaaaaaaaaaaaaa"
#define A107 "/" A16 A16 A16 A16 A16 A16 "aaaaaaaaaa"

static const struct {
	const char *in, *want; /* canonical; NULL: it is refused */
} cases[] = {
	{ "journald", "journald" },
	{ "journald:/run/systemd/journal/socket", "journald" },
	{ "journald:/x", "journald:/x" },
	{ "journald:x", NULL },
	{ "journaldx", NULL },
	{ "journald:", NULL },
	{ "syslog:unix:/dev/log", "syslog:unix:/dev/log" },
	{ "syslog:unix:dev/log", NULL },
	{ "syslog:unix:", NULL },
	{ "syslog:unix:" A107, "syslog:unix:" A107 },
	{ "syslog:unix:" A107 "a", NULL },
	{ "syslog:tcp:127.0.0.1:514", "syslog:tcp:127.0.0.1:514" },
	{ "syslog:tcp:127.1.2.3:514", "syslog:tcp:127.1.2.3:514" },
	{ "syslog:tcp:[::1]:514", "syslog:tcp:[::1]:514" },
	{ "syslog:tcp:LOCALHOST.:514", "syslog:tcp:localhost:514" },
	{ "syslog:tcp:localhost", NULL },
	{ "syslog:tcp:localhost:514/x", NULL },
	{ "syslog:tcp:10.0.0.1:514", NULL },
	{ "syslog:tcp:0.0.0.0:514", NULL },
	{ "syslog:tcp:[::ffff:10.0.0.1]:514", NULL },
	{ "syslog:tcp:localhost.example:514", NULL },
	{ "syslog:tcp:user@localhost:514", NULL },
	{ "syslog:tls:log.example", "syslog:tls:log.example:6514" },
	{ "syslog:tls:log.example:1", "syslog:tls:log.example:1" },
	{ "syslog:tls:192.0.2.1", "syslog:tls:192.0.2.1:6514" },
	{ "syslog:udp:localhost:514", NULL },
	{ "otlp:http://localhost:4318", "otlp:http://localhost:4318/v1/logs" },
	{ "otlp:http://localhost:4318/", "otlp:http://localhost:4318/v1/logs" },
	{ "otlp:http://localhost:4318/a/b", "otlp:http://localhost:4318/a/b" },
	{ "otlp:http://localhost", NULL },
	{ "otlp:http://collector.example:4318", NULL },
	{ "otlp:http://localhost:4318/../a", NULL },
	{ "otlp:http://localhost:4318/a b", NULL },
	{ "otlp:http://localhost:4318" A107 A107, NULL },
	{ "otlp:https://Collector.Example", "otlp:https://collector.example:443/v1/logs" },
	{ "otlp:https://collector.example:1/x", "otlp:https://collector.example:1/x" },
	{ "otlp:https://c.example header-file=/h",
	  "otlp:https://c.example:443/v1/logs header-file=/h" },
	{ "otlp:https://c.example/x  header-file=/a b",
	  "otlp:https://c.example:443/x header-file=/a b" },
	{ "otlp:https://c.example header-file=h", NULL },
	{ "otlp:https://c.example header-file=", NULL },
	{ "otlp:https://c.example header-file=" A107 A107 A107, NULL },
	{ "otlp:https://c.example header=/h", NULL },
	{ "otlp:https://c.example ", NULL },
	{ "otlp:http://localhost:1 header-file=/h", NULL },
	{ "syslog:tls:c.example header-file=/h", NULL },
	{ "otlp:https://", NULL },
	{ "otlp:https://:443", NULL },
	{ "otlp:ftp://localhost:1", NULL },
	{ "", NULL },
};

START_TEST(test_parse)
{
	char space[SINK_TEXT_MAX];
	struct buf out = BUF(space);
	struct sink sink, again;
	const char *wrong = sink_parse(guarded(cases[_i].in), &sink);

	ck_assert_msg(!wrong == !!cases[_i].want, "%s: %s", cases[_i].in, wrong);
	if (wrong)
		return;
	sink_write(&sink, &out);
	ck_assert_str_eq(space, cases[_i].want);
	ck_assert_ptr_null(sink_parse(str_of(space), &again));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_parse, 0, LEN(cases));
}

int main(void)
{
	return suite_run("sink", add);
}
