/* SPDX-License-Identifier: ISC */
/*
 * What the state costs, without the network: 65,536 targets on 60 lists. A first run, unchanged
 * runs (all that a run reads and writes when nothing happened), one with new listings, and what
 * `status` reads. usage: state_bench DIRECTORY [TARGETS LISTS ROUNDS LISTINGS]
 */
#include "repmon/buf.h"
#include "repmon/clock.h"
#include "repmon/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define START 1763700000

static size_t target_count = 65536, list_count = 60, rounds = 5, listings = 10000;
static char path[4096];

static void need(bool ok, const struct error *err)
{
    if (ok)
        return;
    fprintf(stderr, "state_bench: %s: %s\n", err->file, err->text);
    exit(1);
}

static const char *list_name(size_t i)
{
    static char name[48];
    snprintf(name, sizeof name, "b%02zu.bench.example", i + 1);
    return name;
}

/* Every cell asked and proven again: the blobs change in all their cells, their sizes don't. */
static void prove(struct store *s, time_t now, proof_cell *cells, size_t rows)
{
    struct error err = {0};
    struct cell_proof p = {.proven = now, .asked = now, .cause = CAUSE_NONE};
    for (size_t i = 0; i < list_count; i++) {
        need(store_proof_load(s, "dnsbl", list_name(i), cells, rows, &err), &err);
        for (size_t j = 0; j < rows; j++)
            cells[j] = proof_pack(&p);
        need(store_proof_save(s, "dnsbl", list_name(i), cells, rows, &err), &err);
    }
}

static void list_health(struct store *s, time_t now)
{
    struct error err = {0};
    for (size_t i = 0; i < list_count; i++) {
        struct stored_health h = {.source = "dnsbl",
                                  .list = list_name(i),
                                  .severity = SEV_MAJOR,
                                  .cause = CAUSE_NONE,
                                  .note = "",
                                  .proven = now,
                                  .asked = now,
                                  .due = (uint32_t)target_count,
                                  .proved = (uint32_t)target_count};
        struct list_belief b = {.source = "dnsbl", .list = h.list, .good = now, .baseline = START};
        need(store_health_save(s, &h, &err), &err);
        need(store_list_belief_save(s, &b, &err), &err);
    }
}

static void list_targets(struct store *s, struct stored_targets *t, time_t now)
{
    struct error err = {0};
    need(store_targets_load(s, t, &err), &err);
    for (size_t i = 0; i < target_count; i++) {
        struct ip ip = ip_from_v4(0x0a000000u + (uint32_t)i);
        stored_targets_put(t, &ip, 32, 0, "", now);
    }
    for (size_t i = 0; i < t->count; i++)
        t->items[i].retire = !t->items[i].seen;
    need(store_targets_save(s, t, &err), &err);
}

static void new_listings(struct store *s, const struct stored_targets *t, size_t count, time_t now)
{
    struct error err = {0};
    for (size_t i = 0; i < count && i < t->count; i++) {
        struct belief b = {.target = t->items[i].id,
                           .source = "dnsbl",
                           .list = list_name(i % list_count),
                           .answers = "127.0.0.2",
                           .detail = "Listed, see https://bench.example/lookup",
                           .since = now,
                           .opened = now,
                           .flaps = {now},
                           .flap_count = 1};
        struct change c = {.kind = CHANGE_LISTED,
                           .source = "dnsbl",
                           .list = b.list,
                           .target = b.target,
                           .ip = t->items[i].ip,
                           .prefix = 32,
                           .label = "",
                           .from = LEVEL_OK,
                           .to = LEVEL_CRITICAL,
                           .answers_from = "",
                           .answers = b.answers,
                           .cause = CAUSE_NONE,
                           .detail = b.detail,
                           .since = now,
                           .opened = now};
        need(store_belief_save(s, &b, &err), &err);
        need(store_history_add(s, &c, now, "digest", &err), &err);
    }
}

/* One run's state work, opening and closing included. */
static double run(time_t now, size_t listed)
{
    struct error err = {0};
    struct store *s = NULL;
    struct stored_targets t;
    struct stored_beliefs b;
    struct stored_run row = {.started = now, .completed = true, .version = "bench"};
    int64_t start = clock_mono_us();
    need(store_open(path, STORE_CREATE, NULL, &s, &err), &err);
    need(store_beliefs_load(s, &b, &err), &err);
    need(store_begin_run(s, &row, &err), &err);
    list_targets(s, &t, now);
    proof_cell *cells = mem_array(t.rows, sizeof *cells);
    prove(s, now, cells, t.rows);
    list_health(s, now);
    new_listings(s, &t, listed, now);
    need(store_prune(s, START - 1, &err), &err);
    row.ended = now + 60;
    need(store_commit(s, &row, &err), &err);
    store_close(s);
    double seconds = (double)(clock_mono_us() - start) / 1e6;
    free(cells);
    stored_targets_fini(&t);
    stored_beliefs_fini(&b);
    return seconds;
}

/* What `status` reads of the state. */
static double status(size_t *findings)
{
    struct error err = {0};
    struct store *s = NULL;
    struct stored_targets t;
    struct stored_beliefs b;
    struct stored_healths h;
    uint64_t proven = 0;
    int64_t start = clock_mono_us();
    need(store_open(path, STORE_READ, NULL, &s, &err), &err);
    need(store_targets_load(s, &t, &err), &err);
    need(store_beliefs_load(s, &b, &err), &err);
    need(store_health_load(s, &h, &err), &err);
    proof_cell *cells = mem_array(t.rows, sizeof *cells);
    for (size_t i = 0; i < h.count; i++) {
        need(store_proof_load(s, h.items[i].source, h.items[i].list, cells, t.rows, &err), &err);
        for (size_t j = 0; j < t.rows; j++)
            proven += proof_unpack(cells[j]).proven != 0;
    }
    double seconds = (double)(clock_mono_us() - start) / 1e6;
    if (proven != (uint64_t)target_count * list_count) {
        fprintf(stderr, "state_bench: %" PRIu64 " cells proven\n", proven);
        exit(1);
    }
    *findings = b.count;
    free(cells);
    stored_targets_fini(&t);
    stored_beliefs_fini(&b);
    stored_healths_fini(&h);
    store_close(s);
    return seconds;
}

static int64_t file_size(void)
{
    struct stat st;
    return stat(path, &st) == 0 ? (int64_t)st.st_size : -1;
}

int main(int argc, char **argv)
{
    struct rusage usage;
    if (argc != 2 && argc != 6) {
        fputs("usage: state_bench DIRECTORY [TARGETS LISTS ROUNDS LISTINGS]\n", stderr);
        return 64;
    }
    if (argc == 6) {
        target_count = strtoul(argv[2], NULL, 10);
        list_count = strtoul(argv[3], NULL, 10);
        rounds = strtoul(argv[4], NULL, 10);
        listings = strtoul(argv[5], NULL, 10);
    }
    snprintf(path, sizeof path, "%s/state.db", argv[1]);
    printf("%zu targets, %zu lists\n", target_count, list_count);
    double seconds = run(START, 0);
    printf("first run       %6.3f s  file %9" PRId64 " bytes\n", seconds, file_size());
    for (size_t i = 1; i <= rounds; i++) {
        seconds = run(START + (time_t)i * 3600, 0);
        printf("unchanged run   %6.3f s  file %9" PRId64 " bytes\n", seconds, file_size());
    }
    seconds = run(START + 100 * 3600, listings);
    printf("new listings    %6.3f s  file %9" PRId64 " bytes\n", seconds, file_size());
    size_t findings = 0;
    for (size_t i = 1; i <= rounds; i++) {
        seconds = status(&findings);
        printf("status reads    %6.3f s  %zu findings\n", seconds, findings);
    }
    getrusage(RUSAGE_SELF, &usage);
    printf("peak memory     %6.1f MiB\n", (double)usage.ru_maxrss / 1024);
    return 0;
}
