/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "cli/report.h"
#include "wire/quote.h"

enum { CELL_MAX = 8 * EVENT_TEXT_ONE };

static const char *start_value(const struct report *report, enum field field)
{
	const char *value = report->start ? report->start->value[field] : NULL;

	return value ? value : "";
}

static const char *outcome(const struct report *report, struct buf *out)
{
	if (report->end)
		buf_printf(out, "ended with status %s", report->end->value[FIELD_EXIT]);
	else
		buf_puts(out, report->verified.running ? "is still running" : "was killed");
	return out->p;
}

static void put_term(const char *text, FILE *out)
{
	char space[CELL_MAX];
	struct buf quoted = BUF(space);

	quote_term(&quoted, str_of(text));
	fwrite(quoted.p, 1, quoted.n, out);
}

static void text_hosts(const struct report *report, FILE *out)
{
	if (report->n_hosts)
		fputs("\nHosts\n", out);
	for (size_t i = 0; i < report->n_hosts; i++) {
		const struct report_host *host = &report->host[i];
		char space[64], more[64];
		struct buf up = BUF(space), down = BUF(more);

		report_bytes(host->up, &up);
		report_bytes(host->down, &down);
		fputs("  ", out);
		put_term(host->name, out);
		fprintf(out, ": %" PRIu64 " connection%s, %s up, %s down", host->connections,
			plural(host->connections), up.p, down.p);
		if (host->denied)
			fprintf(out, ", %" PRIu64 " refused", host->denied);
		fputs("\n", out);
	}
}

void report_text(const struct report *report, FILE *out)
{
	char space[256];
	struct buf line = BUF(space);

	fprintf(out, "Task %s %s\n  ", report->task, outcome(report, &line));
	put_term(start_value(report, FIELD_COMMAND), out);
	fputs(" in ", out);
	put_term(start_value(report, FIELD_WORKSPACE), out);
	fputs(" with profile ", out);
	put_term(start_value(report, FIELD_PROFILE), out);
	fputs(", level ", out);
	put_term(start_value(report, FIELD_LEVEL), out);
	if (*start_value(report, FIELD_MISSING)) {
		fputs(" without ", out);
		put_term(start_value(report, FIELD_MISSING), out);
	}
	fprintf(out, "\n  log: %s%s\n", *report->verified.what ? "NOT INTACT: " : "intact",
		report->verified.what);
	for (size_t i = 0; *report_headline(report, i, &line); i++)
		fprintf(out, "  %s\n", line.p);
	for (size_t i = 0; i < report_n_sections(); i++) {
		const struct section *section = &report_sections[i];

		if (section_count(section, report))
			fprintf(out, "\n%s\n", section->title);
		for (size_t j = 0; j < report->n; j++)
			if (section_has(section, &report->line[j]))
				fprintf(out, "  %s\n", report->line[j].text);
	}
	text_hosts(report, out);
}

/* Nothing of it is markup: what GitHub's Markdown obeys is escaped, and a cell is one line. */
static void put_markdown(const char *text, FILE *out)
{
	char space[CELL_MAX];
	struct buf quoted = BUF(space);

	quote_term(&quoted, str_of(text ? text : ""));
	for (size_t i = 0; i < quoted.n; i++) {
		if (quoted.p[i] == '&')
			fputs("&amp;", out);
		else if (quoted.p[i] == '<')
			fputs("&lt;", out);
		else if (quoted.p[i] == '>')
			fputs("&gt;", out);
		else if (quoted.p[i] == '@' || quoted.p[i] == ':')
			fprintf(out, "&#%d;", quoted.p[i]); /* mentions, links, emoji */
		else if (strchr("\\`*_{}[]()#+-!|~$", quoted.p[i]))
			fprintf(out, "\\%c", quoted.p[i]);
		else
			fputc(quoted.p[i], out);
	}
}

enum { MARKDOWN_ROWS = 200 }; /* of a section: a summary of GitHub has room for 1 MiB */

static void markdown_section(const struct report *report, const struct section *section, FILE *out)
{
	size_t n = section_count(section, report), shown = 0;

	if (n == 0)
		return;
	fprintf(out, "\n### %s\n\n|", section->title);
	fputs(section->denied ? " what |" : "", out);
	for (size_t i = 0; i < SECTION_COLUMNS && section->column[i].title; i++)
		fprintf(out, " %s |", section->column[i].title);
	fputs(section->denied ? "\n| --- |" : "\n|", out);
	for (size_t i = 0; i < SECTION_COLUMNS && section->column[i].title; i++)
		fputs(" --- |", out);
	for (size_t i = 0; i < report->n && shown < MARKDOWN_ROWS; i++) {
		const struct report_line *line = &report->line[i];

		if (!section_has(section, line))
			continue;
		fputs("\n|", out);
		if (section->denied) {
			fputs(" ", out);
			put_markdown(line->text, out);
			fputs(" |", out);
		}
		for (size_t j = 0; j < SECTION_COLUMNS && section->column[j].title; j++) {
			char space[EVENT_TEXT_ONE + 64];
			struct buf cell = BUF(space);

			report_cell(line, section->column[j].field, &cell);
			fputs(" ", out);
			put_markdown(cell.n ? cell.p : "", out);
			fputs(" |", out);
		}
		shown++;
	}
	fputs("\n", out);
	if (shown < n)
		fprintf(out, "\nand %zu more\n", n - shown);
}

void report_markdown(const struct report *report, FILE *out)
{
	char space[256];
	struct buf line = BUF(space);

	fputs("## agentbox: ", out);
	put_markdown(start_value(report, FIELD_COMMAND), out);
	fprintf(out, " %s\n\nTask `%s`, profile ", outcome(report, &line), report->task);
	put_markdown(start_value(report, FIELD_PROFILE), out);
	fputs(", level ", out);
	put_markdown(start_value(report, FIELD_LEVEL), out);
	if (*start_value(report, FIELD_MISSING)) {
		fputs(" without ", out);
		put_markdown(start_value(report, FIELD_MISSING), out);
	}
	fprintf(out, "; log %s\n\n", *report->verified.what ? "**not intact**" : "intact");
	for (size_t i = 0; *report_headline(report, i, &line); i++)
		fprintf(out, "- %s\n", line.p);
	for (size_t i = 0; i < report_n_sections(); i++)
		markdown_section(report, &report_sections[i], out);
}
