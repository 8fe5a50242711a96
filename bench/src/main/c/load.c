// SPDX-License-Identifier: Apache-2.0
// The senders of `./dev bench relay`: some sessions that submit messages one after the other.
//
//   load --to ADDRESS:PORT --domains FILE [--run N] [--sessions N] [--messages N] [--seconds T] [--size OCTETS]
//        [--rate PER-SECOND] [--recipients N]
//
// Messages go to the domains of FILE (one a line) in turn; with several recipients each message takes the next N
// domains. With a rate, each message has its time and is stamped with it, whether or not a session is free then;
// without one, sessions send as fast as they are answered. It ends when all messages are sent, or after T seconds,
// and prints how many were acknowledged. A reply that refuses anything ends it with that reply.
//
// One thread: the load shares its cores with what is measured.
#define _GNU_SOURCE
#include "common.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { HEADER = 512, REPLIES = 65536, EVENTS = 256, LINE = 78 };

enum state { BANNER, GREETING, IDLE, ENVELOPE, CONTENT, QUITTING, CLOSED };

struct session {
    int socket;
    enum state state;
    bool pipelining;
    int replies_due;
    long number;
    int64_t due;
    char *head; // what goes out first: commands, or the message's header
    size_t head_length, body_length, written;
    size_t used;
    char replies[REPLIES];
};

static struct {
    struct sockaddr_in to;
    long run, messages;
    int sessions, recipients;
    size_t size;
    double seconds, rate;
} plan = {.messages = 1000, .sessions = 20, .recipients = 1, .size = 10240};

static char **domains;
static long domain_count;
static char *body;
static size_t body_size;
static struct session *sessions;
static int poll_set, open_sessions;
static int64_t started;
static long begun, acknowledged;

static bool over(void) {
    return begun >= plan.messages || (plan.seconds > 0 && monotonic_nanos() - started > plan.seconds * 1e9);
}

// Writes as much as the connection takes; the rest goes when it is writable again.
static void flush_out(struct session *s) {
    while (s->written < s->head_length + s->body_length) {
        bool in_head = s->written < s->head_length;
        size_t body_done = in_head ? 0 : s->written - s->head_length;
        struct iovec parts[2] = {
            {s->head + s->written, in_head ? s->head_length - s->written : 0},
            {body + body_size - s->body_length + body_done, s->body_length - body_done},
        };
        ssize_t wrote = writev(s->socket, in_head ? parts : parts + 1, in_head ? 2 : 1);
        if (wrote < 0 && errno == EAGAIN) {
            return;
        }
        if (wrote <= 0) {
            fail("load: a session broke while sending: %s", strerror(errno));
        }
        s->written += wrote;
    }
}

static void say(struct session *s, size_t head_length, size_t body_length) {
    s->head_length = head_length;
    s->body_length = body_length;
    s->written = 0;
    flush_out(s);
}

static void say_text(struct session *s, const char *text) {
    strcpy(s->head, text);
    say(s, strlen(text), 0);
}

static void send_envelope(struct session *s) {
    int length = sprintf(s->head, "MAIL FROM:<load@sender.test>\r\n");
    for (int i = 0; i < plan.recipients; i++) {
        long domain = (s->number * plan.recipients + i) % domain_count;
        length += sprintf(s->head + length, "RCPT TO:<user@%s>\r\n", domains[domain]);
    }
    length += sprintf(s->head + length, "DATA\r\n");
    s->state = ENVELOPE;
    s->replies_due = plan.recipients + 2;
    say(s, length, 0);
}

static void send_content(struct session *s) {
    int length = sprintf(s->head,
        "From: Load <load@sender.test>\r\nTo: <user@%s>\r\nSubject: Message %ld of run %ld\r\n"
        "Message-ID: <%ld.%ld.%lld@sender.test>\r\nDate: Mon, 2 Nov 2026 08:00:00 +0000\r\n"
        STAMP_FIELD "%ld %ld %lld\r\n\r\n",
        domains[s->number * plan.recipients % domain_count], s->number, plan.run, plan.run, s->number,
        (long long)s->due, plan.run, s->number, (long long)s->due);
    size_t text = plan.size > (size_t)length ? plan.size - length : 0;
    s->state = CONTENT;
    s->replies_due = 1;
    // The body ends with the final dot; a shorter one begins later in it, at a line's begin.
    size_t lines = text / LINE;
    say(s, length, lines * LINE + 3);
}

// Begins the next message if one is due now.
static void next_message(struct session *s) {
    if (over()) {
        s->state = QUITTING;
        s->replies_due = 1;
        say_text(s, "QUIT\r\n");
        return;
    }
    int64_t now = monotonic_nanos();
    s->due = plan.rate > 0 ? started + (int64_t)(begun / plan.rate * 1e9) : now;
    if (s->due > now) {
        return;
    }
    s->number = begun++;
    send_envelope(s);
}

static void answered(struct session *s, const char *line) {
    if (line[0] != '2' && line[0] != '3') {
        fail("load: refused: %.200s", line);
    }
    switch (s->state) {
    case BANNER:
        s->state = GREETING;
        s->replies_due = 1;
        say_text(s, "EHLO sender.test\r\n");
        break;
    case GREETING:
        if (!s->pipelining) {
            fail("load: the server does not offer PIPELINING");
        }
        s->state = IDLE;
        next_message(s);
        break;
    case ENVELOPE:
        send_content(s);
        break;
    case CONTENT:
        acknowledged++;
        s->state = IDLE;
        next_message(s);
        break;
    case QUITTING:
        close(s->socket);
        s->state = CLOSED;
        open_sessions--;
        break;
    case IDLE:
    case CLOSED:
        fail("load: a reply that nothing asked for: %.200s", line);
    }
}

static void take_replies(struct session *s) {
    char *line = s->replies, *end;
    while (s->state != CLOSED && (end = memchr(line, '\n', s->replies + s->used - line)) != NULL) {
        *end = 0;
        if (s->state == GREETING && strlen(line) > 4 && strncasecmp(line + 4, "PIPELINING", 10) == 0) {
            s->pipelining = true;
        }
        // Within an envelope every reply counts and only the last one, to DATA, moves on.
        bool last = strlen(line) < 4 || line[3] != '-';
        if (last && (line[0] == '4' || line[0] == '5' || --s->replies_due == 0)) {
            answered(s, line);
        }
        line = end + 1;
    }
    s->used -= line - s->replies;
    memmove(s->replies, line, s->used);
}

static void serve(struct session *s) {
    flush_out(s);
    while (s->state != CLOSED) {
        ssize_t got = read(s->socket, s->replies + s->used, REPLIES - 1 - s->used);
        if (got < 0 && errno == EAGAIN) {
            return;
        }
        if (got <= 0) {
            fail("load: the server closed a session, state %d", s->state);
        }
        s->used += got;
        take_replies(s);
        if (s->used == REPLIES - 1) {
            fail("load: a reply that is too long");
        }
    }
}

static void dial(struct session *s) {
    int on = 1;
    s->socket = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(s->socket, (struct sockaddr *)&plan.to, sizeof plan.to) != 0) {
        fail("load: cannot connect: %s", strerror(errno));
    }
    setsockopt(s->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (fcntl(s->socket, F_SETFL, O_NONBLOCK) != 0) {
        fail("load: cannot make a socket non-blocking: %s", strerror(errno));
    }
    s->head = must(malloc(HEADER + (size_t)plan.recipients * 300));
    s->replies_due = 1;
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = s};
    epoll_ctl(poll_set, EPOLL_CTL_ADD, s->socket, &event);
    open_sessions++;
}

static void read_domains(const char *file) {
    FILE *in = fopen(file, "r");
    char name[256];
    size_t capacity = 0;
    if (in == NULL) {
        fail("load: cannot read %s: %s", file, strerror(errno));
    }
    while (fscanf(in, "%255s", name) == 1) {
        if ((size_t)domain_count == capacity) {
            capacity = capacity == 0 ? 64 : 2 * capacity;
            domains = must(realloc(domains, capacity * sizeof *domains));
        }
        domains[domain_count++] = must(strdup(name));
    }
    fclose(in);
    if (domain_count == 0) {
        fail("load: no domains in %s", file);
    }
}

static void make_body(void) {
    size_t lines = plan.size / LINE;
    body_size = lines * LINE + 3;
    body = must(malloc(body_size + 1));
    for (size_t i = 0; i < lines * LINE; i++) {
        size_t column = i % LINE;
        body[i] = column == LINE - 2 ? '\r' : column == LINE - 1 ? '\n' : 'a' + (i / LINE + 7 * column) % 26;
    }
    memcpy(body + lines * LINE, ".\r\n", 3);
}

static void parse_endpoint(char *text) {
    char *colon = strrchr(text, ':');
    if (colon == NULL) {
        fail("load: '%s' is no ADDRESS:PORT", text);
    }
    *colon = 0;
    plan.to.sin_family = AF_INET;
    plan.to.sin_port = htons(atoi(colon + 1));
    if (inet_pton(AF_INET, text, &plan.to.sin_addr) != 1) {
        fail("load: '%s' is no IPv4 address", text);
    }
}

static void parse(int arguments, char **argument) {
    static const struct option options[] = {{"to", 1, 0, 't'}, {"domains", 1, 0, 'd'}, {"run", 1, 0, 'r'},
        {"sessions", 1, 0, 's'}, {"messages", 1, 0, 'm'}, {"seconds", 1, 0, 'S'}, {"size", 1, 0, 'z'},
        {"rate", 1, 0, 'R'}, {"recipients", 1, 0, 'n'}, {0, 0, 0, 0}};
    int option;
    while ((option = getopt_long(arguments, argument, "", options, NULL)) != -1) {
        switch (option) {
        case 't': parse_endpoint(optarg); break;
        case 'd': read_domains(optarg); break;
        case 'r': plan.run = atol(optarg); break;
        case 's': plan.sessions = atoi(optarg); break;
        case 'm': plan.messages = atol(optarg); break;
        case 'S': plan.seconds = atof(optarg); break;
        case 'z': plan.size = atol(optarg); break;
        case 'R': plan.rate = atof(optarg); break;
        case 'n': plan.recipients = atoi(optarg); break;
        default: exit(2);
        }
    }
    if (plan.to.sin_family == 0 || domain_count == 0 || plan.sessions < 1 || plan.recipients < 1) {
        fail("load: --to and --domains are needed, and at least one session and recipient");
    }
}

// How long to wait for events: until the next message of a rate is due, else for as long as it takes.
static int patience(void) {
    if (plan.rate == 0 || over()) {
        return -1;
    }
    int64_t left = started + (int64_t)(begun / plan.rate * 1e9) - monotonic_nanos();
    return left <= 0 ? 1 : left / 1000000 + 1;
}

int main(int arguments, char **argument) {
    signal(SIGPIPE, SIG_IGN);
    parse(arguments, argument);
    make_body();
    poll_set = epoll_create1(0);
    sessions = must(calloc(plan.sessions, sizeof *sessions));
    started = monotonic_nanos();
    for (int i = 0; i < plan.sessions; i++) {
        dial(&sessions[i]);
    }
    while (open_sessions > 0) {
        struct epoll_event events[EVENTS];
        int ready = epoll_wait(poll_set, events, EVENTS, patience());
        for (int i = 0; i < ready; i++) {
            serve(events[i].data.ptr);
        }
        for (int i = 0; plan.rate > 0 && i < plan.sessions; i++) {
            if (sessions[i].state == IDLE) {
                next_message(&sessions[i]);
            }
        }
    }
    printf("accepted=%ld seconds=%.4f\n", acknowledged, (monotonic_nanos() - started) / 1e9);
    return 0;
}
