/*
 * SIP libraries in C beside the same floor, over the same corpus, in interleaved rounds.
 *
 * Each library parses eagerly: split and split+typed differ by reading only. A job runs over those messages of which
 * the library finds all Vias; the floor runs over the same ones just before and after it.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <osipparser2/osip_message.h>
#include <osipparser2/osip_parser.h>
#include <sofia-sip/msg.h>
#include <sofia-sip/msg_header.h>
#include <sofia-sip/msg_mclass.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/su_alloc.h>

enum { MAX_MESSAGES = 64, ROUNDS = 31, MAX_PASSES = 4096, PORTION = 4 };

static const char NEW_VIA[] = "SIP/2.0/UDP 203.0.113.7:5060;branch=z9hG4bKb3c0.51f7a0e2;rport";

struct octets {
    char *at;
    size_t length;
};

static volatile size_t sink;

/* What is read of a message. Only the Vias are compared, with those in the text; the sum keeps the reads alive. */
struct reading {
    int vias;
    int contacts;
    size_t sum;
};

static size_t length(const char *text)
{
    return text == NULL ? 0 : strlen(text);
}

/* Floor: every line, and the first colon in it. */
static size_t split_lines(const struct octets *message)
{
    size_t sum = 0;
    const char *rest = message->at;
    const char *end = rest + message->length;
    const char *line_end;
    while ((line_end = memchr(rest, '\n', (size_t)(end - rest))) != NULL) {
        const char *colon = memchr(rest, ':', (size_t)(line_end - rest));
        sum += (size_t)(line_end - rest) + (colon == NULL ? 0 : (size_t)(colon - rest));
        rest = line_end + 1;
    }
    return sum;
}

/* A library. */
struct library {
    const char *name;
    void *(*parse)(const struct octets *);
    int (*type)(void *, struct reading *);
    void *(*copy)(void *);
    int (*edit)(void *);
    size_t (*print)(void *);
    void (*release)(void *);
};

/* libosip2 */

static void *osip_parse(const struct octets *message)
{
    osip_message_t *parsed;
    if (osip_message_init(&parsed) != 0)
        return NULL;
    if (osip_message_parse(parsed, message->at, message->length) != 0) {
        osip_message_free(parsed);
        return NULL;
    }
    return parsed;
}

static size_t osip_uri(const osip_uri_t *uri)
{
    if (uri == NULL)
        return 0;
    sink += length(uri->host);
    return length(uri->username) + (uri->port == NULL ? 0 : (size_t)atoi(uri->port));
}

static int osip_type(void *message, struct reading *reading)
{
    osip_message_t *parsed = message;
    osip_generic_param_t *param = NULL;
    int position;
    if (parsed->from == NULL || parsed->to == NULL || parsed->cseq == NULL || parsed->call_id == NULL)
        return 0;
    reading->sum += osip_uri(parsed->from->url) + osip_uri(parsed->to->url);
    if (osip_from_get_tag(parsed->from, &param) == 0 && param != NULL)
        reading->sum += length(param->gvalue);
    param = NULL;
    if (osip_to_get_tag(parsed->to, &param) == 0 && param != NULL)
        reading->sum += length(param->gvalue);
    for (position = 0; position < osip_list_size(&parsed->vias); position++) {
        osip_via_t *via = osip_list_get(&parsed->vias, position);
        param = NULL;
        reading->vias++;
        sink += length(via->host);
        if (via->port != NULL)
            reading->sum += (size_t)atoi(via->port);
        if (osip_via_param_get_byname(via, (char *)"branch", &param) == 0 && param != NULL)
            reading->sum += length(param->gvalue);
    }
    for (position = 0; position < osip_list_size(&parsed->contacts); position++) {
        osip_contact_t *contact = osip_list_get(&parsed->contacts, position);
        reading->contacts++;
        reading->sum += osip_uri(contact->url);
    }
    reading->sum += (size_t)atoi(parsed->cseq->number);
    sink += length(parsed->call_id->number) + length(parsed->call_id->host);
    return 1;
}

static void *osip_copy(void *message)
{
    osip_message_t *copy;
    return osip_message_clone(message, &copy) == 0 ? copy : NULL;
}

static int osip_edit(void *message)
{
    osip_message_t *parsed = message;
    osip_header_t *header = NULL;
    osip_via_t *via;
    char number[16];
    int hops;
    if (osip_message_header_get_byname(parsed, "max-forwards", 0, &header) < 0 || header == NULL)
        return 0;
    hops = atoi(header->hvalue);
    if (hops <= 0)
        return 0;
    snprintf(number, sizeof number, "%d", hops - 1);
    osip_free(header->hvalue);
    header->hvalue = osip_strdup(number);
    if (osip_via_init(&via) != 0 || osip_via_parse(via, NEW_VIA) != 0)
        return 0;
    osip_list_add(&parsed->vias, via, 0);
    osip_message_force_update(parsed);
    return 1;
}

static size_t osip_print(void *message)
{
    char *text = NULL;
    size_t octets = 0;
    osip_message_force_update((osip_message_t *)message);
    if (osip_message_to_str(message, &text, &octets) != 0)
        return 0;
    osip_free(text);
    return octets;
}

static void osip_release(void *message)
{
    osip_message_free(message);
}

/* Sofia-SIP */

static void *sofia_parse(const struct octets *message)
{
    msg_t *parsed = msg_make(sip_default_mclass(), 0, message->at, (ssize_t)message->length);
    if (parsed != NULL && (msg_has_error(parsed) || sip_object(parsed) == NULL)) {
        msg_destroy(parsed);
        return NULL;
    }
    return parsed;
}

static size_t sofia_uri(const url_t *uri)
{
    sink += length(uri->url_host);
    return length(uri->url_user) + (uri->url_port == NULL ? 0 : (size_t)atoi(uri->url_port));
}

static int sofia_type(void *message, struct reading *reading)
{
    sip_t *sip = sip_object(message);
    sip_via_t *via;
    sip_contact_t *contact;
    if (sip->sip_error != NULL || sip->sip_from == NULL || sip->sip_to == NULL || sip->sip_cseq == NULL
        || sip->sip_call_id == NULL)
        return 0;
    reading->sum += sofia_uri(sip->sip_from->a_url) + length(sip->sip_from->a_tag);
    reading->sum += sofia_uri(sip->sip_to->a_url) + length(sip->sip_to->a_tag);
    for (via = sip->sip_via; via != NULL; via = via->v_next) {
        reading->vias++;
        sink += length(via->v_host);
        reading->sum += length(via->v_branch) + (via->v_port == NULL ? 0 : (size_t)atoi(via->v_port));
    }
    for (contact = sip->sip_contact; contact != NULL; contact = contact->m_next) {
        reading->contacts++;
        reading->sum += sofia_uri(contact->m_url);
    }
    reading->sum += sip->sip_cseq->cs_seq;
    sink += length(sip->sip_call_id->i_id);
    return 1;
}

static void *sofia_copy(void *message)
{
    return msg_dup(message);
}

static int sofia_edit(void *message)
{
    sip_t *sip = sip_object(message);
    sip_via_t *via;
    if (sip->sip_max_forwards == NULL || sip->sip_max_forwards->mf_count == 0)
        return 0;
    sip->sip_max_forwards->mf_count--;
    via = sip_via_make(msg_home((msg_t *)message), NEW_VIA);
    return via != NULL && msg_header_insert(message, (msg_pub_t *)sip, (msg_header_t *)via) == 0;
}

static size_t sofia_print(void *message)
{
    su_home_t home[1] = {SU_HOME_INIT(home)};
    size_t octets = 0;
    char *text = msg_as_string(home, message, NULL, 0, &octets);
    su_home_deinit(home);
    return text == NULL ? 0 : octets;
}

static void sofia_release(void *message)
{
    msg_destroy(message);
}

static const struct library LIBRARIES[] = {
    {"libosip2", osip_parse, osip_type, osip_copy, osip_edit, osip_print, osip_release},
    {"Sofia-SIP", sofia_parse, sofia_type, sofia_copy, sofia_edit, sofia_print, sofia_release},
};

/* Jobs */

enum job { FLOOR, SPLIT, SPLIT_TYPED, PRINT, PRINT_EDITED };
static const char *const JOBS[] = {"floor", "split", "split+typed", "print", "print edited"};

struct task {
    enum job job;
    const struct library *library;
    struct octets messages[MAX_MESSAGES];
    int count;
};

static int vias_in(const struct octets *message)
{
    int count = 0;
    const char *at = message->at;
    const char *end = message->at + message->length;
    while ((at = memmem(at, (size_t)(end - at), "SIP/2.0/", 8)) != NULL) {
        count++;
        at += 8;
    }
    return count;
}

static int handled(enum job job, const struct library *library, const struct octets *message)
{
    struct reading reading = {0, 0, 0};
    void *parsed = library->parse(message);
    int good;
    if (parsed == NULL)
        return 0;
    good = library->type(parsed, &reading) && reading.vias == vias_in(message);
    if (good && job == PRINT_EDITED) {
        void *copy = memcmp(message->at, "SIP/2.0 ", 8) == 0 ? NULL : library->copy(parsed);
        size_t before = library->print(parsed);
        good = copy != NULL && library->edit(copy) && library->print(copy) > before + sizeof NEW_VIA;
        if (copy != NULL)
            library->release(copy);
    }
    library->release(parsed);
    return good;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static double pass_over_text(const struct task *task, int passes)
{
    double start = now();
    int pass, message;
    for (pass = 0; pass < passes; pass++) {
        for (message = 0; message < task->count; message++) {
            struct reading reading = {0, 0, 0};
            void *parsed;
            if (task->job == FLOOR) {
                sink += split_lines(&task->messages[message]);
                continue;
            }
            parsed = task->library->parse(&task->messages[message]);
            if (task->job == SPLIT_TYPED)
                sink += (size_t)task->library->type(parsed, &reading) + reading.sum;
            task->library->release(parsed);
        }
    }
    return now() - start;
}

static double pass_over_parsed(const struct task *task, int passes)
{
    static void *inputs[PORTION * MAX_MESSAGES];
    double elapsed = 0, start;
    int done, portion, pass, message, count, input;
    for (done = 0; done < passes; done += portion) {
        portion = passes - done < PORTION ? passes - done : PORTION;
        count = 0;
        for (pass = 0; pass < portion; pass++) {
            for (message = 0; message < task->count; message++) {
                void *parsed = task->library->parse(&task->messages[message]);
                inputs[count++] = task->library->copy(parsed);
                task->library->release(parsed);
            }
        }
        start = now();
        for (input = 0; input < count; input++) {
            if (task->job == PRINT_EDITED)
                sink += (size_t)task->library->edit(inputs[input]);
            sink += task->library->print(inputs[input]);
        }
        elapsed += now() - start;
        for (input = 0; input < count; input++)
            task->library->release(inputs[input]);
    }
    return elapsed;
}

/* Nanoseconds of so many passes. */
static double elapsed(const struct task *task, int passes)
{
    return task->job < PRINT ? pass_over_text(task, passes) : pass_over_parsed(task, passes);
}

static int calibrate(const struct task *task)
{
    int passes = 4;
    while (passes < MAX_PASSES && elapsed(task, passes) < 1e6)
        passes *= 2;
    return passes;
}

static int ascending(const void *left, const void *right)
{
    double difference = *(const double *)left - *(const double *)right;
    return (difference > 0) - (difference < 0);
}

static double median(double *values)
{
    qsort(values, ROUNDS, sizeof *values, ascending);
    return values[ROUNDS / 2];
}

static int by_name(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* Reads every .sip file of a folder, in the order of names. */
static int read_corpus(const char *folder, struct octets *messages)
{
    char *names[MAX_MESSAGES];
    struct dirent *entry;
    DIR *open = opendir(folder);
    int count = 0, read = 0;
    if (open == NULL)
        return 0;
    while ((entry = readdir(open)) != NULL && count < MAX_MESSAGES) {
        const char *end = strrchr(entry->d_name, '.');
        if (end != NULL && strcmp(end, ".sip") == 0 && asprintf(&names[count], "%s/%s", folder, entry->d_name) > 0)
            count++;
    }
    closedir(open);
    qsort(names, (size_t)count, sizeof *names, by_name);
    for (; read < count; read++) {
        FILE *file = fopen(names[read], "rb");
        char *text = calloc(1, 65536);
        if (file == NULL || text == NULL)
            return 0;
        messages[read].at = text;
        messages[read].length = fread(text, 1, 65535, file);
        fclose(file);
    }
    return count;
}

int main(int argc, char **argv)
{
    static struct task tasks[16], floors[16];
    static double times[16][ROUNDS], ratios[16][ROUNDS];
    static int passes[16], floor_passes[16];
    static struct octets messages[MAX_MESSAGES];
    int count = argc == 2 ? read_corpus(argv[1], messages) : 0;
    int number = 0, job, library, message, round, task;
    if (count == 0) {
        fprintf(stderr, "usage: bench FOLDER-OF-MESSAGES\n");
        return 2;
    }
    parser_init();
    for (job = FLOOR; job <= PRINT_EDITED; job++) {
        for (library = 0; library < (job == FLOOR ? 1 : 2); library++) {
            struct task *made = &tasks[number];
            made->job = (enum job)job;
            made->library = job == FLOOR ? NULL : &LIBRARIES[library];
            for (message = 0; message < count; message++) {
                if (job == FLOOR || handled((enum job)job, made->library, &messages[message]))
                    made->messages[made->count++] = messages[message];
            }
            floors[number] = *made;
            floors[number].job = FLOOR;
            passes[number] = calibrate(made);
            floor_passes[number] = calibrate(&floors[number]);
            number++;
        }
    }
    for (round = 0; round < ROUNDS; round++) {
        for (task = 0; task < number; task++) {
            double before = elapsed(&floors[task], floor_passes[task]);
            double took = elapsed(&tasks[task], passes[task]) / passes[task];
            double after = elapsed(&floors[task], floor_passes[task]);
            times[task][round] = took / tasks[task].count;
            ratios[task][round] = took / ((before + after) / 2 / floor_passes[task]);
        }
    }
    puts("| job | library | to the floor | ns, median | messages |");
    puts("| --- | --- | ---: | ---: | ---: |");
    for (task = 0; task < number; task++) {
        printf("| %s | %s | %.2f | %.0f | %d of %d |\n", JOBS[tasks[task].job],
               tasks[task].library == NULL ? "memchr" : tasks[task].library->name, median(ratios[task]),
               median(times[task]), tasks[task].count, count);
    }
    return 0;
}
