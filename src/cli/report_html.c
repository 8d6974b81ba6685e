/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#include "cli/report.h"
#include "wire/rfc3339.h"

/*
 * Theory of operation
 *
 * One page that needs nothing else: no script, no font, no picture. Its own Content-Security-Policy
 * allows no more than the one style sheet in it, by its hash, so that even a mistake in escaping
 * would run nothing. It is in the order in which a person asks: how did it end, what was refused,
 * what is remarkable, what is new; then who was talked to, and all of it by time. Structure is that
 * of HTML: a reader that shows no style gets landmarks, headings, tables with captions and a list.
 */

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
	if (quoted.n) /* what nothing was added to has no end */
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

	crypto_hash_sha256(hash, (const unsigned char *)report_style, strlen(report_style));
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
	fprintf(out, " (%s)</title>\n<style>%s</style>\n</head>\n<body>\n", report->task,
		report_style);
	fputs("<a class=\"skip\" href=\"#main\">Skip to the findings</a>\n", out);
}

static void put_chip(const char *class, const char *before, const char *value, FILE *out)
{
	fprintf(out, "<span class=\"chip %s\">%s", class, before);
	put_value(value, out);
	fputs("</span>\n", out);
}

static void put_state(const struct report *report, FILE *out)
{
	const char *status = report->end ? report->end->value[FIELD_EXIT] : NULL;
	const char *missing = start_value(report, FIELD_MISSING);

	fputs("<p>", out);
	if (status)
		put_chip(strcmp(status, "0") != 0 ? "bad" : "good", "exit status ", status, out);
	else
		put_chip("bad", report->verified.running ? "still running" : "killed", "", out);
	put_chip(missing ? "warn" : "good", "enforcement: ", start_value(report, FIELD_LEVEL), out);
	if (missing)
		put_chip("warn", "without ", missing, out);
	put_chip(*report->verified.what ? "bad" : "good",
		 *report->verified.what ? "log not intact: " : "log intact", report->verified.what,
		 out);
	fputs("</p>\n", out);
}

static void put_fact(const char *name, const char *value, FILE *out)
{
	if (!value || !*value)
		return;
	fprintf(out, "<div><dt>%s</dt><dd>", name);
	put_value(value, out);
	fputs("</dd></div>\n", out);
}

static size_t count_problems(const struct report *report)
{
	size_t n = 0;

	for (size_t i = 0; i < report->n; i++)
		n += report_is_problem(&report->line[i]);
	return n;
}

static void put_header(const struct report *report, FILE *out)
{
	const size_t n = count_problems(report);

	fputs("<header>\n<p class=\"dim\">agentbox report</p>\n<h1>", out);
	put_value(start_value(report, FIELD_COMMAND), out);
	fputs("</h1>\n", out);
	put_state(report, out);
	if (n)
		fprintf(out, "<p class=\"sum bad\">%zu %s a look.</p>\n", n,
			n == 1 ? "thing deserves" : "things deserve");
	else
		fputs("<p class=\"sum\">Nothing was refused, and nothing is remarkable.</p>\n",
		      out);
	fputs("<dl>\n", out);
	put_fact("Task", report->task, out);
	put_fact("Workspace", start_value(report, FIELD_WORKSPACE), out);
	put_fact("Profile", start_value(report, FIELD_PROFILE), out);
	put_fact("Started", report->start ? report->start->time : NULL, out);
	put_fact("Ended", report->end ? report->end->time : NULL, out);
	fputs("</dl>\n</header>\n", out);
}

/* What there is, and where: numbers that lead to the sections. */
static void put_contents(const struct report *report, FILE *out)
{
	fputs("<nav aria-label=\"Contents\">\n<ul>\n", out);
	for (size_t i = 0; i < report_n_sections(); i++) {
		const struct section *section = &report_sections[i];
		const size_t n = section_count(section, report);

		fprintf(out, "<li><a%s href=\"#%s\"><b>%zu</b>%s</a></li>\n",
			section->alarm && n ? " class=\"alarm\"" : "", section->id, n,
			section->title);
	}
	fprintf(out, "<li><a href=\"#hosts\"><b>%zu</b>Hosts</a></li>\n", report->n_hosts);
	fprintf(out, "<li><a href=\"#timeline\"><b>%zu</b>Timeline</a></li>\n</ul>\n</nav>\n",
		report->n);
}

static void open_section(const char *id, const char *title, size_t n, FILE *out)
{
	fprintf(out,
		"<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s <span "
		"class=\"count\">%zu</span>"
		"</h2>\n",
		id, id, title, n);
}

static void open_table(const char *id, const char *caption, FILE *out)
{
	fprintf(out,
		"<div class=\"box\" tabindex=\"0\" role=\"region\" aria-labelledby=\"%s\"><table>"
		"<caption>%s</caption>\n<thead><tr>",
		id, caption);
}

/* Columns of a section that some line has something for, as 1 << index. */
static unsigned used_columns(const struct report *report, const struct section *section)
{
	unsigned used = 0;

	for (size_t i = 0; i < report->n; i++)
		for (size_t j = 0; j < SECTION_COLUMNS && section->column[j].title; j++) {
			char space[EVENT_TEXT_ONE + 64];
			struct buf cell = BUF(space);

			if (!section_has(section, &report->line[i]))
				break;
			report_cell(&report->line[i], section->column[j].field, &cell);
			used |= cell.n ? 1U << j : 0;
		}
	return used;
}

static void put_columns(const struct section *section, unsigned used, FILE *out)
{
	if (section->denied)
		fputs("<th scope=\"col\">what</th>", out);
	for (size_t i = 0; used >> i; i++)
		if (used >> i & 1)
			fprintf(out, "<th scope=\"col\">%s</th>", section->column[i].title);
	fputs("</tr></thead>\n", out);
}

/* How a change is shown: by a sign, in the colour of what it does, and the word. */
static void put_change(const char *change, FILE *out)
{
	static const struct {
		const char *change, *sign, *class;
	} signs[] = {
		{ "add", "+", "good" },
		{ "remove", "\xe2\x88\x92", "bad" },
		{ "upgrade", "\xe2\x86\x91", "good" },
		{ "downgrade", "\xe2\x86\x93", "warn" },
	};
	size_t i = 0;

	while (i < LEN(signs) && strcmp(signs[i].change, change) != 0)
		i++;
	fprintf(out, "<td class=\"s\"><span class=\"chip %s\">%s ",
		i < LEN(signs) ? signs[i].class : "", i < LEN(signs) ? signs[i].sign : "~");
	put_value(change, out);
	fputs("</span></td>", out);
}

static void put_cell(const struct report_line *line, enum field field, FILE *out)
{
	static const uint64_t prose = (uint64_t)1 << FIELD_REASON | (uint64_t)1 << FIELD_PUBLISHED;
	char space[EVENT_TEXT_ONE + 64];
	struct buf cell = BUF(space);
	const char *value = line->value[field];

	report_cell(line, field, &cell);
	if (field == FIELD_CHANGE && value) {
		put_change(value, out);
		return;
	}
	if (field == FIELD_VERDICT && cell.n) {
		fprintf(out, "<td class=\"s\"><span class=\"chip %s\">",
			line->denied		   ? "bad"
			: line->value[FIELD_COUNT] ? "warn"
						   : "good");
		put_value(cell.p, out);
		fputs("</span></td>", out);
		return;
	}
	fprintf(out, "<td%s", prose >> field & 1 ? "" : " class=\"m\"");
	if (value && strcmp(value, cell.n ? cell.p : "") != 0) {
		fputs(" title=\"", out);
		put_value(value, out);
		fputs("\"", out);
	}
	fputs(">", out);
	put_value(cell.n ? cell.p : "", out);
	fputs("</td>", out);
}

/* What would allow it has a column of its own. */
static void put_denied(const struct report_line *line, FILE *out)
{
	const char *hint = strstr(line->text, "; to allow: ");
	char space[EVENT_LINE];
	struct buf text = BUF(space);

	buf_add(&text, line->text, hint ? (size_t)(hint - line->text) : strlen(line->text));
	fputs("<td>", out);
	put(text.p, out);
	fputs("</td>", out);
}

static void put_row(const struct section *section, unsigned used, const struct report_line *line,
		    FILE *out)
{
	fputs("<tr>", out);
	if (section->denied)
		put_denied(line, out);
	for (size_t i = 0; used >> i; i++)
		if (used >> i & 1)
			put_cell(line, section->column[i].field, out);
	fputs("</tr>\n", out);
}

static void put_section(const struct report *report, const struct section *section, FILE *out)
{
	const size_t n = section_count(section, report);
	const unsigned used = used_columns(report, section);

	open_section(section->id, section->title, n, out);
	if (n == 0) {
		fputs("<p class=\"dim\">None.</p>\n</section>\n", out);
		return;
	}
	open_table(section->id, section->text, out);
	put_columns(section, used, out);
	fputs("<tbody>\n", out);
	for (size_t i = 0; i < report->n; i++)
		if (section_has(section, &report->line[i]))
			put_row(section, used, &report->line[i], out);
	fputs("</tbody></table></div>\n</section>\n", out);
}

static void put_bytes(uint64_t bytes, uint64_t most, FILE *out)
{
	char space[64];
	struct buf text = BUF(space);

	report_bytes(bytes, &text);
	fprintf(out, "<td class=\"n\">%s", text.p);
	if (most)
		fprintf(out, " <meter max=\"%" PRIu64 "\" value=\"%" PRIu64 "\">%s</meter>", most,
			bytes, text.p);
	fputs("</td>", out);
}

static void put_host(const struct report_host *host, uint64_t most, FILE *out)
{
	fputs("<tr><th scope=\"row\">", out);
	put_value(host->name, out);
	fprintf(out, "</th><td class=\"n\">%" PRIu64 "</td><td class=\"n\">", host->connections);
	if (host->denied)
		fprintf(out, "<span class=\"chip bad\">%" PRIu64 "</span>", host->denied);
	fputs("</td>", out);
	put_bytes(host->up, most, out);
	put_bytes(host->down, most, out);
	fputs("</tr>\n", out);
}

static void put_hosts(const struct report *report, FILE *out)
{
	uint64_t most = 0;

	open_section("hosts", "Hosts", report->n_hosts, out);
	if (report->n_hosts == 0) {
		fputs("<p class=\"dim\">None was asked for.</p>\n</section>\n", out);
		return;
	}
	for (size_t i = 0; i < report->n_hosts; i++) {
		most = report->host[i].up > most ? report->host[i].up : most;
		most = report->host[i].down > most ? report->host[i].down : most;
	}
	open_table("hosts", "Bytes are those of connections that have ended", out);
	fputs("<th scope=\"col\">host</th><th scope=\"col\" class=\"n\">connections</th>"
	      "<th scope=\"col\" class=\"n\">refused</th><th scope=\"col\" class=\"n\">up</th>"
	      "<th scope=\"col\" class=\"n\">down</th></tr></thead>\n<tbody>\n",
	      out);
	for (size_t i = 0; i < report->n_hosts; i++)
		put_host(&report->host[i], most, out);
	fputs("</tbody></table></div>\n</section>\n", out);
}

/* Times are those since the start, for a person: the log has the others. */
static void put_event(const struct report *report, const struct report_line *line, FILE *out)
{
	int64_t at = 0, start = 0;
	const bool known = report->start &&
			   rfc3339_parse(str_of(report->start->time), &start) == 0 &&
			   rfc3339_parse(str_of(line->time), &at) == 0;

	fprintf(out, "<li%s><time datetime=\"",
		line->denied		  ? " class=\"bad\""
		: report_is_problem(line) ? " class=\"warn\""
					  : "");
	put(line->time, out);
	fputs("\" title=\"", out);
	put(line->time, out);
	if (known)
		fprintf(out, "\">+%.3f s</time>", (double)(at - start) / 1000);
	else
		fputs("\"></time>", out);
	fprintf(out, "<code>%s</code><span>", event_kind_name(line->kind));
	put(line->text, out);
	fputs("</span></li>\n", out);
}

static void put_timeline(const struct report *report, FILE *out)
{
	open_section("timeline", "Timeline", report->n, out);
	fputs("<div class=\"box\">\n<label><input type=\"checkbox\" id=\"only\"> only what "
	      "deserves "
	      "a look</label>\n<ol>\n",
	      out);
	for (size_t i = 0; i < report->n; i++)
		put_event(report, &report->line[i], out);
	fputs("</ol></div>\n", out);
	if (report->dropped)
		fprintf(out, "<p class=\"dim\">and %zu more, in the log</p>\n", report->dropped);
	fputs("</section>\n", out);
}

void report_html(const struct report *report, FILE *out)
{
	put_head(report, out);
	put_header(report, out);
	put_contents(report, out);
	fputs("<main id=\"main\">\n", out);
	for (size_t i = 0; i < report_n_sections(); i++)
		put_section(report, &report_sections[i], out);
	put_hosts(report, out);
	put_timeline(report, out);
	fputs("</main>\n<footer class=\"dim\">All of it is from the log of the task. "
	      "<code>agentbox log verify</code> says whether anybody has changed that.</footer>\n"
	      "</body>\n</html>\n",
	      out);
}
