/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "cli/report.h"
#include "wire/quote.h"

/* Formats for programs: JSON, SARIF 2.1.0 (OASIS), and the XML that is called JUnit's. */

enum { QUOTED_MAX = 8 * EVENT_LINE + 16 };

static void put_json(const char *before, const char *text, FILE *out)
{
	char space[QUOTED_MAX];
	struct buf quoted = BUF(space);

	quote_json(&quoted, str_of(text ? text : ""));
	fputs(before, out);
	fwrite(quoted.p, 1, quoted.n, out);
}

static void json_line(const struct report_line *line, FILE *out)
{
	put_json("      {\"time\": ", line->time, out);
	put_json(", \"event\": ", event_kind_name(line->kind), out);
	put_json(", \"severity\": ", event_severity_name(line->severity), out);
	for (enum field field = FIELD_NONE + 1; field < N_FIELDS; field++) {
		if (!line->value[field])
			continue;
		fprintf(out, ", \"%s\": ", event_field(field)->name);
		if (event_field(field)->type == TYPE_NUMBER)
			fputs(line->value[field], out);
		else
			put_json("", line->value[field], out);
	}
	put_json(", \"text\": ", line->text, out);
	fputs("}", out);
}

static void json_section(const struct report *report, const struct section *section, FILE *out)
{
	const char *comma = "\n";

	fprintf(out, "    \"%s\": [", section->id);
	for (size_t i = 0; i < report->n; i++) {
		if (!section_has(section, &report->line[i]))
			continue;
		fputs(comma, out);
		json_line(&report->line[i], out);
		comma = ",\n";
	}
	fputs("]", out);
}

static void json_start(const struct report *report, FILE *out)
{
	static const enum field fields[] = { FIELD_COMMAND, FIELD_WORKSPACE, FIELD_PROFILE,
					     FIELD_POLICY,  FIELD_LEVEL,     FIELD_MISSING };

	put_json("{\n  \"version\": 1,\n  \"task\": ", report->task, out);
	for (size_t i = 0; i < LEN(fields) && report->start; i++)
		if (report->start->value[fields[i]]) {
			fprintf(out, ",\n  \"%s\": ", event_field(fields[i])->name);
			put_json("", report->start->value[fields[i]], out);
		}
	if (report->start)
		put_json(",\n  \"started\": ", report->start->time, out);
	if (report->end) {
		put_json(",\n  \"ended\": ", report->end->time, out);
		fprintf(out, ",\n  \"exit\": %s", report->end->value[FIELD_EXIT]);
	}
	fprintf(out, ",\n  \"log_intact\": %s,\n  \"denied\": %zu,\n",
		*report->verified.what ? "false" : "true", report->denied);
}

void report_json(const struct report *report, FILE *out)
{
	json_start(report, out);
	fputs("  \"hosts\": [", out);
	for (size_t i = 0; i < report->n_hosts; i++) {
		const struct report_host *host = &report->host[i];

		put_json(i ? ",\n    {\"host\": " : "\n    {\"host\": ", host->name, out);
		fprintf(out,
			", \"connections\": %" PRIu64 ", \"denied\": %" PRIu64
			", \"bytes_up\": %" PRIu64 ", \"bytes_down\": %" PRIu64 "}",
			host->connections, host->denied, host->up, host->down);
	}
	fputs("],\n  \"sections\": {\n", out);
	for (size_t i = 0; i < report_n_sections(); i++) {
		json_section(report, &report_sections[i], out);
		fputs(i + 1 < report_n_sections() ? ",\n" : "\n", out);
	}
	fputs("  }\n}\n", out);
}

static const char *sarif_level(const struct report_line *line)
{
	return line->severity >= SEVERITY_HIGH	   ? "error"
	       : line->severity >= SEVERITY_MEDIUM ? "warning"
						   : "note";
}

static void sarif_result(const struct report_line *line, FILE *out)
{
	const char *file = line->value[FIELD_FILE];

	put_json("      {\"ruleId\": ", event_kind_name(line->kind), out);
	put_json(", \"level\": ", sarif_level(line), out);
	put_json(", \"message\": {\"text\": ", line->text, out);
	fputs("}", out);
	if (file) {
		char space[3 * EVENT_TEXT_ONE + 1];
		struct buf uri = BUF(space);

		/* A relative reference (RFC 3986). */
		for (const char *c = file; *c; c++)
			if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-"
				   "._~/",
				   *c))
				buf_add(&uri, c, 1);
			else
				buf_printf(&uri, "%%%02X", (unsigned char)*c);
		put_json(",\n       \"locations\": [{\"physicalLocation\": {\"artifactLocation\": "
			 "{\"uri\": ",
			 uri.p, out);
		fputs("}, \"region\": {\"startLine\": 1}}}]", out);
	}
	fputs("}", out);
}

static void sarif_rules(FILE *out)
{
	const char *comma = "\n";

	for (enum event_kind kind = EVENT_NONE + 1; kind < N_EVENT_KINDS; kind++) {
		fputs(comma, out);
		put_json("          {\"id\": ", event_kind_name(kind), out);
		put_json(", \"shortDescription\": {\"text\": ", event_row(kind)->text, out);
		fputs("}}", out);
		comma = ",\n";
	}
}

void report_sarif(const struct report *report, FILE *out)
{
	const char *comma = "\n";

	fputs("{\n  \"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\",\n"
	      "  \"version\": \"2.1.0\",\n  \"runs\": [{\n    \"tool\": {\"driver\": {\"name\": "
	      "\"agentbox\", \"version\": \"" VERSION "\",\n        \"rules\": [",
	      out);
	sarif_rules(out);
	put_json("\n        ]}},\n    \"automationDetails\": {\"id\": ", "agentbox/", out);
	fputs("},\n    \"results\": [", out);
	for (size_t i = 0; i < report->n; i++) {
		if (!report_is_problem(&report->line[i]))
			continue;
		fputs(comma, out);
		sarif_result(&report->line[i], out);
		comma = ",\n";
	}
	fputs("\n    ]\n  }]\n}\n", out);
}

/* XML 1.0 has no way to write most control characters; text for a terminal has none. */
static void put_xml(const char *text, FILE *out)
{
	for (; text && *text; text++) {
		if (strchr("&<>\"'", *text))
			fprintf(out, "&#%d;", *text);
		else
			fputc(*text, out);
	}
}

static size_t problems(const struct report *report, const struct section *section)
{
	size_t n = 0;

	for (size_t i = 0; i < report->n; i++)
		n += section_has(section, &report->line[i]) && report_is_problem(&report->line[i]);
	return n;
}

static void junit_case(const struct report *report, const struct section *section, FILE *out)
{
	const size_t n = problems(report, section);

	fprintf(out, "    <testcase classname=\"agentbox\" name=\"%s\">", section->title);
	if (n)
		fprintf(out, "\n      <failure type=\"%s\" message=\"%zu %s\">\n", section->id, n,
			n == 1 ? "problem" : "problems");
	for (size_t i = 0; i < report->n && n; i++) {
		if (!section_has(section, &report->line[i]) || !report_is_problem(&report->line[i]))
			continue;
		put_xml(report->line[i].text, out);
		fputs("\n", out);
	}
	fputs(n ? "</failure></testcase>\n" : "</testcase>\n", out);
}

void report_junit(const struct report *report, FILE *out)
{
	size_t failures = 0;

	for (size_t i = 0; i < report_n_sections(); i++)
		failures += problems(report, &report_sections[i]) > 0;
	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
		"  <testsuite name=\"agentbox %s\" tests=\"%zu\" failures=\"%zu\">\n",
		report->task, report_n_sections(), failures);
	for (size_t i = 0; i < report_n_sections(); i++)
		junit_case(report, &report_sections[i], out);
	fputs("  </testsuite>\n</testsuites>\n", out);
}
