/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#include "cli/report.h"

/*
 * Theory of operation
 *
 * One page that needs nothing else: no script, no font, no picture. Its own Content-Security-Policy
 * allows no more than the one style sheet in it, by its hash, so that even a mistake in escaping
 * would run nothing. It is in the order in which a person asks: how did it end, what was refused,
 * what is remarkable, what is new; then who was talked to, and all of it by time. Structure is that
 * of HTML: a reader that shows no style gets headings, tables with captions and a list.
 */

static const char style[] =
	":root{color-scheme:light dark;--bg:#fbfbfa;--card:#fff;--fg:#1d2126;--dim:#5b6470;"
	"--line:#dfe3e8;--bad:#b3261e;--bad-bg:#fdeceb;--warn:#8a5a00;--good:#1e6b3a;"
	"--good-bg:#e6f4ea;--link:#0b57d0}"
	"@media(prefers-color-scheme:dark){:root{--bg:#14171a;--card:#1c2024;--fg:#e7eaee;"
	"--dim:#a0a9b4;--line:#333a42;--bad:#ff8a80;--bad-bg:#3a1f1e;--warn:#f2c46d;--good:#7fd39b;"
	"--good-bg:#173122;--link:#8ab4f8}}"
	"*{box-sizing:border-box}"
	"body{margin:0;background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,sans-serif}"
	"main,header{max-width:70rem;margin:0 auto;padding:1rem 1.25rem}"
	"header{padding-top:2rem}"
	"h1{font-size:1.6rem;margin:0 0 .25rem;overflow-wrap:anywhere}"
	"h2{font-size:1.15rem;margin:2rem 0 .5rem}"
	"p{margin:.25rem 0}"
	"a{color:var(--link)}"
	":focus-visible{outline:3px solid var(--link);outline-offset:2px}"
	".skip{position:absolute;left:-100rem}"
	".skip:focus{left:1rem;top:.5rem;background:var(--card);padding:.5rem}"
	".dim{color:var(--dim)}"
	".state{display:inline-block;border-radius:.4rem;padding:.1rem .6rem;font-weight:600}"
	".good{background:var(--good-bg);color:var(--good)}"
	".bad{background:var(--bad-bg);color:var(--bad)}"
	"ul.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.75rem;"
	"list-style:none;padding:0;margin:1.25rem 0}"
	"ul.facts li{background:var(--card);border:1px solid var(--line);border-radius:.6rem;"
	"padding:.75rem 1rem;color:var(--dim)}"
	"ul.facts b{display:block;font-size:1.6rem;line-height:1.2;color:var(--fg)}"
	".scroll{overflow-x:auto;background:var(--card);border:1px solid var(--line);"
	"border-radius:.6rem}"
	"table{border-collapse:collapse;width:100%;font-size:.925rem}"
	"caption{text-align:left;padding:.5rem .75rem;color:var(--dim)}"
	"th,td{text-align:left;vertical-align:top;padding:.45rem .75rem;min-width:6rem;"
	"border-top:1px solid var(--line);overflow-wrap:anywhere}"
	"th{color:var(--dim);font-weight:600;white-space:nowrap}"
	"td.n,th.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}"
	"code,td.m{font-family:ui-monospace,monospace;font-size:.9em}"
	"td.m{min-width:10rem}"
	"ol.time{list-style:none;padding:0;margin:0}"
	"ol.time li{display:grid;grid-template-columns:7.5rem 9rem 1fr;gap:.75rem;padding:.3rem "
	".75rem;"
	"border-top:1px solid var(--line);font-size:.9rem;overflow-wrap:anywhere}"
	"ol.time li.denied{background:var(--bad-bg)}"
	"summary{cursor:pointer;padding:.5rem .75rem}"
	"@media(max-width:40rem){ol.time li{grid-template-columns:1fr;gap:0}}"
	"@media print{body{background:#fff;color:#000}.scroll{overflow:visible}}";

/* Foreign bytes: what begins markup is escaped; what people cannot see was escaped before. */
static void put(const char *text, FILE *out)
{
	for (; text && *text; text++) {
		if (strchr("&<>\"'", *text))
			fprintf(out, "&#%d;", *text);
		else
			fputc(*text, out);
	}
}

/* For a value that was not made for a terminal. */
static void put_value(const char *value, FILE *out)
{
	char space[8 * EVENT_TEXT_ONE];
	struct buf quoted = BUF(space);

	quote_term(&quoted, str_of(value ? value : ""));
	put(quoted.p, out);
}

static const char *start_value(const struct report *report, enum field field)
{
	return report->start ? report->start->value[field] : NULL;
}

static void put_head(const struct report *report, FILE *out)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	char base64[sodium_base64_ENCODED_LEN(sizeof(hash), sodium_base64_VARIANT_ORIGINAL)];

	crypto_hash_sha256(hash, (const unsigned char *)style, strlen(style));
	sodium_bin2base64(base64, sizeof(base64), hash, sizeof(hash),
			  sodium_base64_VARIANT_ORIGINAL);
	fprintf(out,
		"<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		"style-src 'sha256-%s'; base-uri 'none'; form-action 'none'\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"referrer\" content=\"no-referrer\">\n<title>agentbox: ",
		base64);
	put_value(start_value(report, FIELD_COMMAND), out);
	fprintf(out, " (%s)</title>\n<style>%s</style>\n</head>\n<body>\n", report->task, style);
	fputs("<a class=\"skip\" href=\"#main\">Skip to the findings</a>\n", out);
}

static void put_state(const struct report *report, FILE *out)
{
	const char *status = report->end ? report->end->value[FIELD_EXIT] : NULL;

	if (!status)
		fprintf(out, "<span class=\"state bad\">%s</span>",
			report->verified.running ? "still running" : "killed");
	else
		fprintf(out, "<span class=\"state %s\">exit status %s</span>",
			!strcmp(status, "0") ? "good" : "bad", status);
	fprintf(out, " <span class=\"state %s\">log %s</span>\n",
		report->verified.bad ? "bad" : "good",
		report->verified.bad ? "not intact" : "intact");
}

static void put_fact(const char *name, const char *value, FILE *out)
{
	if (!value || !*value)
		return;
	fprintf(out, "<p><span class=\"dim\">%s</span> ", name);
	put_value(value, out);
	fputs("</p>\n", out);
}

static void put_header(const struct report *report, FILE *out)
{
	char space[256];
	struct buf line = BUF(space);

	fputs("<header>\n<h1>", out);
	put_value(start_value(report, FIELD_COMMAND), out);
	fputs("</h1>\n<p>", out);
	put_state(report, out);
	fputs("</p>\n", out);
	put_fact("Task", report->task, out);
	put_fact("Workspace", start_value(report, FIELD_WORKSPACE), out);
	put_fact("Profile", start_value(report, FIELD_PROFILE), out);
	put_fact("Level of enforcement", start_value(report, FIELD_LEVEL), out);
	put_fact("Missing on this machine", start_value(report, FIELD_MISSING), out);
	put_fact("Started", report->start ? report->start->time : NULL, out);
	put_fact("Ended", report->end ? report->end->time : NULL, out);
	fputs("<ul class=\"facts\">\n", out);
	for (size_t i = 0; *report_headline(report, i, &line); i++) {
		const size_t digits = strcspn(line.p, " ");

		fprintf(out, "<li><b>%.*s</b>%s</li>\n", (int)digits, line.p, line.p + digits + 1);
	}
	fputs("</ul>\n</header>\n", out);
}

static void put_columns(const struct section *section, FILE *out)
{
	fputs("<tr>", out);
	if (section->denied)
		fputs("<th scope=\"col\">what</th>", out);
	for (size_t i = 0; i < SECTION_COLUMNS && section->column[i].title; i++)
		fprintf(out, "<th scope=\"col\">%s</th>", section->column[i].title);
	fputs("</tr>\n", out);
}

static void put_row(const struct section *section, const struct report_line *line, FILE *out)
{
	fputs("<tr>", out);
	if (section->denied) {
		fputs("<td>", out);
		put(line->text, out);
		fputs("</td>", out);
	}
	for (size_t i = 0; i < SECTION_COLUMNS && section->column[i].title; i++) {
		const enum field field = section->column[i].field;

		fputs(field == FIELD_REASON ? "<td>" : "<td class=\"m\">", out);
		put_value(line->value[field], out);
		fputs("</td>", out);
	}
	fputs("</tr>\n", out);
}

static void put_section(const struct report *report, const struct section *section, FILE *out)
{
	const size_t n = section_count(section, report);

	fprintf(out, "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s</h2>\n", section->id,
		section->id, section->title);
	if (n == 0) {
		fputs("<p class=\"dim\">None.</p>\n</section>\n", out);
		return;
	}
	fprintf(out,
		"<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
		"aria-labelledby=\"%s\"><table>"
		"<caption>%zu in the order of time</caption>\n",
		section->id, n);
	put_columns(section, out);
	for (size_t i = 0; i < report->n; i++)
		if (section_has(section, &report->line[i]))
			put_row(section, &report->line[i], out);
	fputs("</table></div>\n</section>\n", out);
}

static void put_host(const struct report_host *host, FILE *out)
{
	char space[64], more[64];
	struct buf up = BUF(space), down = BUF(more);

	report_bytes(host->up, &up);
	report_bytes(host->down, &down);
	fputs("<tr><th scope=\"row\">", out);
	put_value(host->name, out);
	fprintf(out,
		"</th><td class=\"n\">%" PRIu64 "</td><td class=\"n\">%" PRIu64
		"</td><td class=\"n\">%s</td><td class=\"n\">%s</td></tr>\n",
		host->connections, host->denied, up.p, down.p);
}

static void put_hosts(const struct report *report, FILE *out)
{
	fputs("<section aria-labelledby=\"hosts\">\n<h2 id=\"hosts\">Hosts</h2>\n", out);
	if (report->n_hosts == 0) {
		fputs("<p class=\"dim\">None was asked for.</p>\n</section>\n", out);
		return;
	}
	fputs("<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
	      "aria-labelledby=\"hosts\"><table>"
	      "<caption>Bytes are those of connections that have ended</caption>\n"
	      "<tr><th scope=\"col\">host</th><th scope=\"col\" class=\"n\">connections</th>"
	      "<th scope=\"col\" class=\"n\">refused</th><th scope=\"col\" class=\"n\">up</th>"
	      "<th scope=\"col\" class=\"n\">down</th></tr>\n",
	      out);
	for (size_t i = 0; i < report->n_hosts; i++)
		put_host(&report->host[i], out);
	fputs("</table></div>\n</section>\n", out);
}

static void put_timeline(const struct report *report, FILE *out)
{
	fprintf(out,
		"<section aria-labelledby=\"timeline\">\n<h2 id=\"timeline\">Timeline</h2>\n"
		"<details class=\"scroll\"%s><summary>%zu events, times in UTC</summary>"
		"<ol class=\"time\">\n",
		report->n <= 50 ? " open" : "", report->n);
	for (size_t i = 0; i < report->n; i++) {
		const struct report_line *line = &report->line[i];
		const char *clock = strchr(line->time, 'T');

		fprintf(out, "<li%s><time datetime=\"", line->denied ? " class=\"denied\"" : "");
		put(line->time, out);
		fputs("\">", out);
		put(clock ? clock + 1 : line->time, out);
		fprintf(out, "</time><code>%s</code><span>", event_kind_name(line->kind));
		put(line->text, out);
		fputs("</span></li>\n", out);
	}
	fputs("</ol></details>\n", out);
	if (report->dropped)
		fprintf(out, "<p class=\"dim\">and %zu more, in the log</p>\n", report->dropped);
	fputs("</section>\n", out);
}

void report_html(const struct report *report, FILE *out)
{
	put_head(report, out);
	put_header(report, out);
	fputs("<main id=\"main\">\n", out);
	for (size_t i = 0; i < report_n_sections(); i++)
		put_section(report, &report_sections[i], out);
	put_hosts(report, out);
	put_timeline(report, out);
	fputs("</main>\n</body>\n</html>\n", out);
}
