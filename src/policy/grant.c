/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/grant.h"

/*
 * Theory of operation
 *
 * [filesystem] opens the box by hand, so it is the place for mistakes: a whole home, a directory
 * with keys in it, the socket of a service that does what it is told. The lists below name what no
 * plain key can open. A path is refused when it lies in such a place and also when it holds one:
 * "~/.config" is refused for "~/.config/gh".
 *
 * Places that programs outside run or obey may be read; writing them would be a way out of the box.
 */

struct place {
	const char *path; /* a component that ends in '*' stands for all that begin so */
	bool read;	  /* it may be read, but not written */
};

/* Below the root. */
static const struct place system_places[] = {
	{ "bin", true },
	{ "boot", false },
	{ "dev", false },
	{ "etc", true },
	{ "etc/NetworkManager", false },
	{ "etc/credstore", false },
	{ "etc/credstore.encrypted", false },
	{ "etc/gshadow*", false },
	{ "etc/krb5.keytab", false },
	{ "etc/shadow*", false },
	{ "etc/ssh", false },
	{ "etc/sudoers*", false },
	{ "lib*", true },
	{ "proc", false },
	{ "root", false },
	{ "run", false },
	{ "sbin", true },
	{ "sys/devices/system/cpu", true },
	{ "usr", true },
	{ "var/lib/containerd", false },
	{ "var/lib/containers", false },
	{ "var/lib/docker", false },
	{ "var/lib/kubelet", false },
	{ "var/spool/cron", true },
};

/* Below the home. */
static const struct place home_places[] = {
	{ ".1password", false },
	{ ".aider*", false },
	{ ".aws", false },
	{ ".azure", false },
	{ ".bash_history*", false },
	{ ".bash*", true },
	{ ".bitcoin", false },
	{ ".bundle/config", false },
	{ ".bunfig.toml", false },
	{ ".cargo/bin", true },
	{ ".cargo/config*", true },
	{ ".cargo/credentials*", false },
	{ ".cargo/env*", true },
	{ ".claude*", false },
	{ ".codex", false },
	{ ".composer/auth.json", false },
	{ ".config/BraveSoftware", false },
	{ ".config/Code", false },
	{ ".config/agentbox", true },
	{ ".config/autostart", true },
	{ ".config/chromium", false },
	{ ".config/configstore", false },
	{ ".config/containers", false },
	{ ".config/cursor", false },
	{ ".config/doctl", false },
	{ ".config/environment.d", true },
	{ ".config/fish", true },
	{ ".config/fly", false },
	{ ".config/gcloud", false },
	{ ".config/gh", false },
	{ ".config/git", true },
	{ ".config/git/credentials", false },
	{ ".config/google-chrome*", false },
	{ ".config/helm", false },
	{ ".config/heroku", false },
	{ ".config/hub", false },
	{ ".config/microsoft-edge*", false },
	{ ".config/netlify", false },
	{ ".config/nvim", true },
	{ ".config/op", false },
	{ ".config/opencode", false },
	{ ".config/opera", false },
	{ ".config/pip", false },
	{ ".config/pulumi", false },
	{ ".config/rclone", false },
	{ ".config/solana", false },
	{ ".config/sops", false },
	{ ".config/age", false },
	{ ".config/stripe", false },
	{ ".config/systemd", true },
	{ ".config/vercel", false },
	{ ".config/vivaldi", false },
	{ ".continue", false },
	{ ".copilot", false },
	{ ".credentials", false },
	{ ".cursor", false },
	{ ".docker", false },
	{ ".emacs*", true },
	{ ".ethereum", false },
	{ ".fetchmailrc", false },
	{ ".gcloud", false },
	{ ".gdbinit", true },
	{ ".gem/credentials", false },
	{ ".gemini", false },
	{ ".git-credentials", false },
	{ ".gitconfig", true },
	{ ".gnupg", false },
	{ ".gradle/gradle.properties", false },
	{ ".history", false },
	{ ".inputrc", true },
	{ ".keys", false },
	{ ".kube", false },
	{ ".lldbinit", true },
	{ ".local/bin", true },
	{ ".local/share/containers", false },
	{ ".local/share/keyrings", false },
	{ ".local/share/kwalletd", false },
	{ ".local/share/pki", false },
	{ ".local/share/systemd", true },
	{ ".m2/settings*", false },
	{ ".mozilla", false },
	{ ".msmtprc", false },
	{ ".netrc", false },
	{ ".npmrc", false },
	{ ".nuget", false },
	{ ".op", false },
	{ ".pam_environment", true },
	{ ".password-store", false },
	{ ".pki", false },
	{ ".profile", true },
	{ ".pypirc", false },
	{ ".python_history", false },
	{ ".screenrc", true },
	{ ".secrets", false },
	{ ".smbcredentials", false },
	{ ".ssh", false },
	{ ".sui", false },
	{ ".terraform.d", false },
	{ ".thunderbird", false },
	{ ".tmux.conf", true },
	{ ".vault-token", false },
	{ ".vim*", true },
	{ ".xinitrc", true },
	{ ".xprofile", true },
	{ ".xsession*", true },
	{ ".yarnrc*", false },
	{ ".zsh_history*", false },
	{ ".zlog*", true },
	{ ".zprofile", true },
	{ ".zsh*", true },
	{ "bin", true },
};

static bool component_is(struct str name, struct str pattern)
{
	if (!str_ends(pattern, "*"))
		return str_eq(name, pattern);
	return name.n >= pattern.n - 1 && !memcmp(name.p, pattern.p, pattern.n - 1);
}

/* Whether one of the two relative paths lies in the other. */
static bool overlap(const char *path, const char *place)
{
	struct str a, b, rest_a = str_of(path), rest_b = str_of(place);

	while (rest_a.n && rest_b.n) {
		str_cut(rest_a, '/', &a, &rest_a);
		str_cut(rest_b, '/', &b, &rest_b);
		if (!component_is(a, b))
			return false;
	}
	return true;
}

/* The place that does not let @path be granted, or NULL. */
static const struct place *find_place(const char *path, bool write, const struct place *places,
				      size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((write || !places[i].read) && overlap(path, places[i].path))
			return &places[i];
	return NULL;
}

static const char *why(const struct place *place, const char *dir, struct arena *arena)
{
	return arena_printf(
		arena,
		place->read ? "belongs to %s/%s, which programs outside the box run or obey: "
			      "read= can show it"
			    : "belongs to %s/%s: no profile opens that to a box",
		dir, place->path);
}

/* What @path is below a home, or NULL: it lies in none. */
static const char *below_home(const char *path, const char *home)
{
	size_t n = strlen(home);

	if (path_is_below(path, home))
		return path + n + (path[n] == '/');
	if (!path_is_below(path, "/home"))
		return NULL;
	n = strcspn(path + 1, "/") + 1;
	n += path[n] == '/' ? strcspn(path + n + 1, "/") + 1 : 0;
	return path + n + (path[n] == '/');
}

static bool is_shared(const char *path)
{
	return !strcmp(path, "/tmp") || !strcmp(path, "/var/tmp");
}

const char *grant_refused(const struct host_grant *grant, const struct host *host,
			  struct arena *arena)
{
	const char *path = grant->path, *in_home = below_home(path, host->home);
	const struct place *place;

	if (!strcmp(path, host->workspace))
		return "is the workspace; [workspace] access= says what may be done there";
	if (path_is_below(host->home, path))
		return "holds the home directory; name what is needed in it";
	if (path_is_below(host->workspace, path))
		return "holds the workspace; name what is needed beside it";
	if (is_shared(path))
		return "is shared with all other programs; name what is needed in it";
	if (path_is_below(path, "/sys") && !path_is_below(path, "/sys/devices/system/cpu"))
		return "is not what a box can see of /sys: /sys/devices/system/cpu";
	if (in_home) {
		place = find_place(in_home, grant->write, home_places, LEN(home_places));
		return place ? why(place, "~", arena) : NULL;
	}
	place = find_place(path + 1, grant->write, system_places, LEN(system_places));
	return place ? why(place, "", arena) : NULL;
}
