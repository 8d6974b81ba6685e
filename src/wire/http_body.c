/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/http_body.h"

#include <string.h>

#include "wire/ascii.h"

/*
 * RFC 9112, 7.1, one byte at a time but for content. The size is hexadecimal digits and nothing
 * else: "0x5", " 5", "5;x" and a bare LF are where parsers were found to differ.
 */

enum state {
	SIZE, /* before the first digit */
	DIGITS,
	SIZE_LF,
	DATA,
	DATA_CR,
	DATA_LF,
	TRAILER, /* at the start of a line after the last chunk */
	NAME,
	VALUE,
	VALUE_LF,
	END_LF,
	DONE,
	BAD,
};

enum {
	DIGITS_MAX = 16,
	TRAILERS_MAX = 8192,
};

void http_body_init(struct http_body *body, const struct http_head *head)
{
	bool sized = head->framing == HTTP_LENGTH;

	*body = (struct http_body){
		.framing = head->framing,
		.left = sized ? head->length : 0,
		.state = head->framing == HTTP_EMPTY || (sized && !head->length) ? DONE
			 : head->framing == HTTP_CHUNKED			 ? SIZE
										 : DATA,
	};
}

static enum state digit(struct http_body *body, char c)
{
	int value = ascii_hex(c);

	if (value < 0 || ++body->n_line > DIGITS_MAX || body->left >> 59)
		return BAD;
	body->left = body->left << 4 | (unsigned)value;
	return DIGITS;
}

/* RFC 9110, 6.5.1: what frames or routes a message is refused where it comes too late for that. */
static enum state trailer_named(const struct http_body *body)
{
	static const char *const refused[] = { "Content-Length", "Host", "Transfer-Encoding" };

	for (size_t i = 0; i < LEN(refused); i++) {
		if (str_eq_nocase((struct str){ body->name, body->n_name }, str_of(refused[i])))
			return BAD;
	}
	return VALUE;
}

static enum state trailer_name(struct http_body *body, enum state state, char c)
{
	if (!http_name_valid((struct str){ &c, 1 }))
		return BAD;
	if (state == TRAILER)
		body->n_name = 0;
	if (body->n_name < sizeof(body->name))
		body->name[body->n_name++] = c;
	return NAME;
}

static enum state trailer(struct http_body *body, enum state state, char c)
{
	if (++body->n_line > TRAILERS_MAX)
		return BAD;
	if (state == TRAILER && c == '\r')
		return END_LF;
	if (state == NAME && c == ':')
		return trailer_named(body);
	if (state == VALUE && c == '\r')
		return VALUE_LF;
	if (state == VALUE)
		return http_value_valid((struct str){ &c, 1 }) ? VALUE : BAD;
	return trailer_name(body, state, c);
}

/* What one byte of framing leads to. */
static enum state step(struct http_body *body, char c)
{
	switch ((enum state)body->state) {
	case SIZE:
		body->left = 0;
		body->n_line = 0;
		return digit(body, c);
	case DIGITS:
		return c == '\r' ? SIZE_LF : digit(body, c);
	case SIZE_LF:
		body->n_line = 0;
		return c != '\n' ? BAD : body->left ? DATA : TRAILER;
	case DATA_CR:
		return c == '\r' ? DATA_LF : BAD;
	case DATA_LF:
		return c == '\n' ? SIZE : BAD;
	case TRAILER:
	case NAME:
	case VALUE:
		return trailer(body, (enum state)body->state, c);
	case VALUE_LF:
		return c == '\n' ? TRAILER : BAD;
	case END_LF:
		return c == '\n' ? DONE : BAD;
	case DATA:
	case DONE:
	case BAD:
		break;
	}
	return BAD;
}

/* Content is at the front of @in: takes as much as belongs to it. */
static struct str take(struct http_body *body, struct str *in)
{
	struct str content = *in;

	if (body->framing != HTTP_UNTIL_CLOSE) {
		if (content.n > body->left)
			content.n = body->left;
		body->left -= content.n;
		if (body->left == 0)
			body->state = body->framing == HTTP_CHUNKED ? DATA_CR : DONE;
	}
	in->p += content.n;
	in->n -= content.n;
	return content;
}

int http_body_read(struct http_body *body, struct str *in, struct str *content)
{
	*content = (struct str){ in->p, 0 };
	while (in->n && body->state != DATA && body->state != DONE && body->state != BAD) {
		body->state = step(body, in->p[0]);
		in->p++;
		in->n--;
	}
	if (body->state == DATA && in->n)
		*content = take(body, in);
	return body->state == DONE ? HTTP_BODY_DONE : body->state == BAD ? HTTP_BODY_BAD : 0;
}

bool http_body_complete(const struct http_body *body)
{
	return body->state == DONE || body->framing == HTTP_UNTIL_CLOSE;
}
