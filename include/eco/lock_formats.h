/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "eco/lock.h"
#include "eco/tree.h"

/* What the readers of lock files share. Each returns NULL, or what is wrong. */

const char *lock_package_lock(struct str text, struct lock *lock);
const char *lock_yarn(struct str text, struct lock *lock);
const char *lock_pnpm(struct str text, struct lock *lock);
const char *lock_bun(struct str text, struct lock *lock);
const char *lock_requirements(struct str text, struct lock *lock);
const char *lock_pipfile(struct str text, struct lock *lock);
const char *lock_poetry(struct str text, struct lock *lock);
const char *lock_uv(struct str text, struct lock *lock);
const char *lock_cargo(struct str text, struct lock *lock);
const char *lock_go_mod(struct str text, struct lock *lock);
const char *lock_go_sum(struct str text, struct lock *lock);
const char *lock_gemfile(struct str text, struct lock *lock);
const char *lock_composer(struct str text, struct lock *lock);
const char *lock_nuget(struct str text, struct lock *lock);
const char *lock_gradle(struct str text, struct lock *lock);
const char *lock_flake(struct str text, struct lock *lock);
const char *lock_terraform(struct str text, struct lock *lock);
const char *lock_actions(struct str text, struct lock *lock);
const char *lock_npm_package(struct str text, struct lock *lock);
const char *lock_python_package(struct str text, struct lock *lock);
const char *lock_python_origin(struct str text, struct lock *lock);
const char *lock_go_vendor(struct str text, struct lock *lock);
const char *lock_crate(struct str text, struct lock *lock);
const char *lock_gemspec(struct str text, struct lock *lock);
const char *lock_crate_origin(struct str text, struct lock *lock);
const char *lock_rust_deps(struct str text, struct lock *lock);
const char *lock_go_module(struct str text, struct lock *lock);
const char *lock_yarn_archive(struct str text, struct lock *lock);
const char *lock_pnp(struct str text, struct lock *lock);

/* Adds a package; lasts until the next one is added. */
struct lock_entry *lock_add(struct lock *lock, const char *type, struct str name,
			    struct str version);

void lock_remark(struct lock *lock, bool risky, struct str what);

/* Sets url and source by what the URL looks like: git, a path, or @otherwise. */
void lock_set_url(struct lock_entry *entry, struct str url, enum lock_source otherwise);

/* What yarn 2 and later know a package by, behind "NAME@": sets source and url. */
void lock_yarn_resolution(struct lock_entry *entry, struct str range);

/* Takes the next line off @rest, without its end and a '\r'. False: there is none. */
bool lock_line(struct str *rest, struct str *line);

/* @s up to its last @c, and what follows ("" and false without one). */
bool str_rcut(struct str s, char c, struct str *left, struct str *right);

/* @s without @quote around it, if it has one. */
struct str lock_unquote(struct str s);
