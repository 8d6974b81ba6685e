/* SPDX-License-Identifier: Apache-2.0 */
#include "eco/watch.h"

#include <assert.h>
#include <fnmatch.h>
#include <string.h>

#define LOCK_FILE(name, format)                                                                    \
	{                                                                                          \
		NULL, name, LOCK_##format, true                                                    \
	}
#define BUILD_FILE(dir, name)                                                                      \
	{                                                                                          \
		dir, name, LOCK_NONE, false                                                        \
	}

/* A name stands before patterns that match it too. */
const struct watched watched[] = {
	LOCK_FILE("package-lock.json", PACKAGE_LOCK),
	{ NULL, "npm-shrinkwrap.json", LOCK_PACKAGE_LOCK, true, true },
	{ NULL, "yarn.lock", LOCK_YARN, true, true }, /* npm reads it, too */
	LOCK_FILE("pnpm-lock.yaml", PNPM),
	LOCK_FILE("bun.lock", BUN),
	LOCK_FILE("bun.lockb", NONE), /* binary */
	LOCK_FILE("deno.lock", NONE),
	LOCK_FILE("Pipfile.lock", PIPFILE),
	LOCK_FILE("poetry.lock", POETRY),
	LOCK_FILE("pdm.lock", POETRY),
	LOCK_FILE("uv.lock", UV),
	LOCK_FILE("pylock.toml", UV),
	LOCK_FILE("pylock.*.toml", UV),
	LOCK_FILE("requirements*.txt", REQUIREMENTS),
	LOCK_FILE("constraints*.txt", REQUIREMENTS),
	LOCK_FILE("Cargo.lock", CARGO),
	{ NULL, "go.mod", LOCK_GO_MOD, true, true },
	LOCK_FILE("go.sum", GO_SUM),
	{ NULL, "go.work", LOCK_GO_MOD, true, true },
	{ NULL, "go.work.sum", LOCK_GO_SUM, true, true },
	LOCK_FILE("Gemfile.lock", GEMFILE),
	LOCK_FILE("gems.locked", GEMFILE),
	LOCK_FILE("composer.lock", COMPOSER),
	LOCK_FILE("packages.lock.json", NUGET),
	LOCK_FILE("gradle.lockfile", GRADLE),
	LOCK_FILE("buildscript-gradle.lockfile", GRADLE),
	LOCK_FILE("flake.lock", FLAKE),
	LOCK_FILE(".terraform.lock.hcl", TERRAFORM),
	{ "requirements", "*.txt", LOCK_REQUIREMENTS, true },

	{ ".github/workflows", "*.yml", LOCK_ACTIONS, false },
	{ ".github/workflows", "*.yaml", LOCK_ACTIONS, false },
	{ NULL, "action.yml", LOCK_ACTIONS, false },
	{ NULL, "action.yaml", LOCK_ACTIONS, false },
	BUILD_FILE(NULL, ".gitlab-ci.yml"),
	BUILD_FILE(NULL, ".travis.yml"),
	BUILD_FILE(".circleci", "config.yml"),
	BUILD_FILE(NULL, "azure-pipelines.yml"),
	BUILD_FILE(NULL, "bitbucket-pipelines.yml"),
	BUILD_FILE(NULL, "Jenkinsfile"),
	BUILD_FILE(NULL, ".pre-commit-config.yaml"),
	BUILD_FILE(NULL, "lefthook.yml"),
	BUILD_FILE(NULL, ".gitmodules"),

	BUILD_FILE(NULL, "package.json"),
	BUILD_FILE(NULL, ".npmrc"),
	BUILD_FILE(NULL, ".yarnrc"),
	BUILD_FILE(NULL, ".yarnrc.yml"),
	{ NULL, ".pnp.cjs", LOCK_PNP, false },
	{ NULL, ".pnp.js", LOCK_PNP, false }, /* until yarn 3 */
	{ NULL, ".pnp.data.json", LOCK_PNP, false },
	BUILD_FILE(NULL, ".pnp.loader.mjs"),
	BUILD_FILE(NULL, ".pnpmfile.cjs"),
	BUILD_FILE(NULL, "pnpm-workspace.yaml"),
	BUILD_FILE(NULL, "bunfig.toml"),
	BUILD_FILE(NULL, "deno.json"),
	BUILD_FILE(NULL, "deno.jsonc"),
	BUILD_FILE(NULL, "binding.gyp"),
	BUILD_FILE(NULL, "pip.conf"),
	BUILD_FILE(NULL, "uv.toml"),
	BUILD_FILE(NULL, "poetry.toml"),
	BUILD_FILE(NULL, "pyproject.toml"),
	BUILD_FILE(NULL, "setup.py"),
	BUILD_FILE(NULL, "setup.cfg"),
	BUILD_FILE(NULL, "Pipfile"),
	BUILD_FILE(NULL, "tox.ini"),
	BUILD_FILE(NULL, "noxfile.py"),
	BUILD_FILE(".cargo", "config.toml"),
	BUILD_FILE(".cargo", "config"),
	BUILD_FILE(NULL, "Cargo.toml"),
	BUILD_FILE(NULL, "build.rs"),
	BUILD_FILE(NULL, "rust-toolchain.toml"),
	BUILD_FILE(NULL, "rust-toolchain"),
	BUILD_FILE(NULL, "Gemfile"),
	BUILD_FILE(NULL, "Rakefile"),
	BUILD_FILE(".bundle", "config"),
	BUILD_FILE(NULL, "composer.json"),
	BUILD_FILE(NULL, "NuGet.config"),
	BUILD_FILE(NULL, "nuget.config"),
	BUILD_FILE(NULL, "Directory.Build.props"),
	BUILD_FILE(NULL, "Directory.Build.targets"),
	BUILD_FILE(NULL, "build.gradle"),
	BUILD_FILE(NULL, "build.gradle.kts"),
	BUILD_FILE(NULL, "settings.gradle"),
	BUILD_FILE(NULL, "settings.gradle.kts"),
	BUILD_FILE(NULL, "gradle.properties"),
	BUILD_FILE("gradle/wrapper", "gradle-wrapper.properties"),
	BUILD_FILE("gradle/wrapper", "gradle-wrapper.jar"),
	BUILD_FILE("gradle", "verification-metadata.xml"),
	BUILD_FILE(".mvn/wrapper", "maven-wrapper.properties"),
	BUILD_FILE(".mvn", "extensions.xml"),
	BUILD_FILE(".mvn", "settings.xml"),
	BUILD_FILE(NULL, "pom.xml"),
	BUILD_FILE(NULL, "flake.nix"),
	BUILD_FILE(NULL, "Makefile"),
	BUILD_FILE(NULL, "makefile"),
	BUILD_FILE(NULL, "GNUmakefile"),
	BUILD_FILE(NULL, "CMakeLists.txt"),
	BUILD_FILE(NULL, "meson.build"),
	BUILD_FILE(NULL, "justfile"),
	BUILD_FILE(NULL, "Justfile"),
	BUILD_FILE(NULL, "Taskfile.yml"),
	BUILD_FILE(NULL, ".tool-versions"),
	BUILD_FILE(NULL, "mise.toml"),
	BUILD_FILE(NULL, ".mise.toml"),
	BUILD_FILE(NULL, ".envrc"),
	BUILD_FILE(NULL, "Dockerfile"),
	BUILD_FILE(NULL, "Dockerfile.*"),
	BUILD_FILE(NULL, "Containerfile"),
	BUILD_FILE(NULL, "docker-compose*.yml"),
	BUILD_FILE(NULL, "compose.yml"),
	BUILD_FILE(NULL, "compose.yaml"),
	BUILD_FILE(NULL, "devcontainer.json"),
	{ 0 },
};

/* Whether @dir is @end, or ends with "/" and it. */
static bool lies_in(struct str dir, const char *end)
{
	const size_t n = strlen(end);

	return str_ends(dir, end) && (dir.n == n || dir.p[dir.n - n - 1] == '/');
}

static_assert(LEN(watched) < 256, "a row's number is a byte");

void watch_index(struct watch_index *index)
{
	*index = (struct watch_index){ 0 };
	for (size_t i = LEN(watched) - 1; i-- > 0;) {
		unsigned char *first = &index->first[(unsigned char)watched[i].name[0]];

		index->next[i] = *first;
		*first = (unsigned char)(i + 1);
	}
}

static const struct watched *find_from(const struct watch_index *index, unsigned char first,
				       struct str dir, const char *name)
{
	for (size_t i = first; i; i = index->next[i - 1]) {
		const struct watched *row = &watched[i - 1];

		if ((!row->dir || lies_in(dir, row->dir)) && fnmatch(row->name, name, 0) == 0)
			return row;
	}
	return NULL;
}

const struct watched *watch_find(const struct watch_index *index, struct str dir, struct str name)
{
	char copy[256]; /* no file name is longer: NAME_MAX */
	const unsigned char first = name.n ? index->first[(unsigned char)name.p[0]] : 0;
	const struct watched *row = NULL;

	if (name.n >= sizeof(copy) || (!first && !dir.n))
		return NULL;
	memcpy(copy, name.p, name.n);
	copy[name.n] = '\0';
	row = find_from(index, first, dir, copy);
	return row ? row : find_from(index, index->first['*'], dir, copy);
}
