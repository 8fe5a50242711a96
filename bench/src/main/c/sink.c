// SPDX-License-Identifier: Apache-2.0
// The receiving MX hosts of `./dev bench relay`: takes mail in, throws it away and counts.
//
//   sink CHAIN KEY PORT HOSTS
//
// HOSTS names a file with a line `ADDRESS KIND` for each host: `tls` offers STARTTLS (TLS 1.3), `clear` does not, and
// `control` offers it but must never be given a message, because what it shows is not what its domain's policy
// demands. No other address listens.
//
// Commands come by standard input, a line each; the end of it ends the program.
//
//   run NUMBER             counts from nothing; messages with the stamp of another run are strays
//   report COUNT MILLIS    answers with a line of figures when COUNT different messages have come, or when none came
//                          for MILLIS
//
// One thread: the sink shares its cores with what is measured.
#define _GNU_SOURCE
#include "common.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER = 65536, HEADER_LIMIT = 16384, EVENTS = 256, MESSAGE_LIMIT = 1 << 24 };

enum kind { TLS, CLEAR, CONTROL };

enum state { COMMANDS, HANDSHAKE, CONTENT };

struct listener {
    int socket;
    enum kind kind;
};

struct connection {
    int socket;
    enum kind kind;
    enum state state;
    SSL *ssl; // NULL before STARTTLS
    bool stamped;
    long run, number;
    int64_t sent;
    size_t used;
    char buffer[BUFFER];
};

// What one event of the poll belongs to; the first member tells which.
struct source {
    bool listening;
    union {
        struct listener listener;
        struct connection connection;
    };
};

static struct {
    long run;
    long messages, duplicates, strays;
    long clear, downgraded; // without TLS: to hosts that do not offer it, and to those that do
    long connections, full, resumed, failed;
    long control_connections, control_messages;
    int64_t octets, first_sent, last_arrival;
    uint8_t *seen; // a bit for each number
    float *latencies; // milliseconds
    size_t capacity;
} count;

static struct {
    bool pending;
    long wanted;
    int64_t idle_nanos;
} question;

static int poll_set;
static SSL_CTX *tls;

static void begin(long run) {
    uint8_t *seen = count.seen;
    float *latencies = count.latencies;
    size_t capacity = count.capacity;
    memset(&count, 0, sizeof count);
    if (seen == NULL) {
        seen = must(malloc(MESSAGE_LIMIT / 8));
    }
    memset(seen, 0, MESSAGE_LIMIT / 8);
    count.seen = seen;
    count.latencies = latencies;
    count.capacity = capacity;
    count.run = run;
    count.last_arrival = monotonic_nanos();
}

static int ascending(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static void report(void) {
    long n = count.messages;
    qsort(count.latencies, n, sizeof *count.latencies, ascending);
    printf("messages=%ld duplicates=%ld strays=%ld clear=%ld downgraded=%ld connections=%ld full=%ld resumed=%ld failed=%ld "
           "control_connections=%ld control_messages=%ld octets=%lld seconds=%.4f p50=%.3f p99=%.3f max=%.3f\n",
        n, count.duplicates, count.strays, count.clear, count.downgraded, count.connections, count.full, count.resumed, count.failed,
        count.control_connections, count.control_messages, (long long)count.octets,
        n > 0 ? (count.last_arrival - count.first_sent) / 1e9 : 0, n > 0 ? count.latencies[n / 2] : 0,
        n > 0 ? count.latencies[n * 99 / 100] : 0, n > 0 ? count.latencies[n - 1] : 0);
    fflush(stdout);
    question.pending = false;
}

static void arrived(struct connection *c) {
    if (c->kind == CONTROL) {
        count.control_messages++;
        return;
    }
    if (!c->stamped || c->run != count.run || c->number < 0 || c->number >= MESSAGE_LIMIT) {
        count.strays++;
        return;
    }
    uint8_t bit = 1 << (c->number & 7), *octet = &count.seen[c->number >> 3];
    if (*octet & bit) {
        count.duplicates++;
        return;
    }
    *octet |= bit;
    if ((size_t)count.messages == count.capacity) {
        count.capacity = count.capacity == 0 ? 4096 : 2 * count.capacity;
        count.latencies = must(realloc(count.latencies, count.capacity * sizeof *count.latencies));
    }
    int64_t now = monotonic_nanos();
    count.latencies[count.messages++] = (now - c->sent) / 1e6;
    if (count.first_sent == 0 || c->sent < count.first_sent) {
        count.first_sent = c->sent;
    }
    count.last_arrival = now;
    count.clear += c->ssl == NULL && c->kind == CLEAR;
    count.downgraded += c->ssl == NULL && c->kind != CLEAR;
}

static void drop(struct source *source) {
    if (source->connection.ssl != NULL) {
        SSL_free(source->connection.ssl);
    }
    close(source->connection.socket);
    free(source);
}

// Replies are small and the peer reads them: one that does not fit breaks the connection.
static bool reply(struct connection *c, const char *text) {
    int length = strlen(text);
    return c->ssl != NULL ? SSL_write(c->ssl, text, length) == length : write(c->socket, text, length) == length;
}

static void consume(struct connection *c, size_t octets) {
    c->used -= octets;
    memmove(c->buffer, c->buffer + octets, c->used);
}

static void look_for_stamp(struct connection *c) {
    const char *field = memmem(c->buffer, c->used, "\n" STAMP_FIELD, strlen("\n" STAMP_FIELD));
    if (field != NULL && memchr(field + 1, '\n', c->buffer + c->used - field - 1) != NULL) {
        long long sent;
        c->stamped = sscanf(field + strlen("\n" STAMP_FIELD), "%ld %ld %lld", &c->run, &c->number, &sent) == 3;
        c->sent = sent;
    }
}

// Returns 1 when the message ended, 0 when more must come, -1 when the connection is broken.
static int take_content(struct connection *c) {
    if (!c->stamped) {
        look_for_stamp(c);
    }
    const char *end = memmem(c->buffer, c->used, "\r\n.\r\n", 5);
    if (end != NULL) {
        size_t length = end + 5 - c->buffer;
        count.octets += length;
        consume(c, length);
        c->state = COMMANDS;
        arrived(c);
        return reply(c, "250 2.0.0 taken\r\n") ? 1 : -1;
    }
    if ((c->stamped || c->used > HEADER_LIMIT) && c->used > 4) {
        count.octets += c->used - 4;
        consume(c, c->used - 4);
    }
    return 0;
}

static bool start_tls(struct connection *c) {
    if (c->kind == CLEAR || c->ssl != NULL || c->used > 0 || !reply(c, "220 2.0.0 go ahead\r\n")) {
        return false;
    }
    c->ssl = must(SSL_new(tls));
    SSL_set_fd(c->ssl, c->socket);
    SSL_set_accept_state(c->ssl);
    c->state = HANDSHAKE;
    return true;
}

static bool is(const char *line, const char *verb) { return strncasecmp(line, verb, strlen(verb)) == 0; }

// Returns 1 when a command was answered, 0 when more must come, -1 when the connection is over.
static int take_command(struct connection *c) {
    const char *end = memchr(c->buffer, '\n', c->used);
    if (end == NULL) {
        return c->used < BUFFER ? 0 : -1;
    }
    char line[16] = {0};
    size_t length = end + 1 - c->buffer;
    memcpy(line, c->buffer, length < sizeof line ? length : sizeof line - 1);
    consume(c, length);
    if (is(line, "EHLO")) {
        bool offers = c->kind != CLEAR && c->ssl == NULL;
        return reply(c, offers ? "250-sink\r\n250-PIPELINING\r\n250-SIZE 104857600\r\n250-STARTTLS\r\n"
                                 "250-ENHANCEDSTATUSCODES\r\n250 8BITMIME\r\n"
                               : "250-sink\r\n250-PIPELINING\r\n250-SIZE 104857600\r\n"
                                 "250-ENHANCEDSTATUSCODES\r\n250 8BITMIME\r\n")
            ? 1
            : -1;
    }
    if (is(line, "STARTTLS")) {
        return start_tls(c) ? 1 : -1;
    }
    if (is(line, "DATA")) {
        c->state = CONTENT;
        c->stamped = false;
        return reply(c, "354 go ahead\r\n") ? 1 : -1;
    }
    if (is(line, "QUIT")) {
        reply(c, "221 2.0.0 bye\r\n");
        if (c->ssl != NULL) {
            SSL_shutdown(c->ssl);
        }
        return -1;
    }
    return reply(c, "250 2.0.0 ok\r\n") ? 1 : -1;
}

// Returns 1 when done, 0 when it goes on, -1 when it failed.
static int shake_hands(struct connection *c) {
    int result = SSL_do_handshake(c->ssl);
    if (result != 1) {
        int error = SSL_get_error(c->ssl, result);
        if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
            return 0;
        }
        count.failed++;
        ERR_clear_error();
        return -1;
    }
    c->state = COMMANDS;
    if (SSL_session_reused(c->ssl)) {
        count.resumed++;
    } else {
        count.full++;
    }
    return 1;
}

// How many octets came; 0 when none are there now, -1 when none will come.
static int fill(struct connection *c) {
    size_t room = BUFFER - c->used;
    int got;
    if (c->ssl != NULL) {
        got = SSL_read(c->ssl, c->buffer + c->used, room);
        if (got <= 0) {
            bool later = SSL_get_error(c->ssl, got) == SSL_ERROR_WANT_READ;
            ERR_clear_error();
            return later ? 0 : -1;
        }
    } else {
        got = read(c->socket, c->buffer + c->used, room);
        if (got <= 0) {
            return got < 0 && errno == EAGAIN ? 0 : -1;
        }
    }
    c->used += got;
    return got;
}

// Reads and answers until nothing more is there; returns false when the connection is over.
static bool serve(struct connection *c) {
    while (true) {
        int more = c->state == HANDSHAKE ? shake_hands(c) : fill(c);
        if (more <= 0) {
            return more == 0;
        }
        int step = 1;
        while (step == 1 && c->used > 0 && c->state != HANDSHAKE) {
            step = c->state == CONTENT ? take_content(c) : take_command(c);
        }
        if (step < 0) {
            return false;
        }
    }
}

static void watch(int socket, struct source *source) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = source};
    if (epoll_ctl(poll_set, EPOLL_CTL_ADD, socket, &event) != 0) {
        fail("sink: cannot watch a socket: %s", strerror(errno));
    }
}

static void take_connections(struct listener *listener) {
    int socket;
    while ((socket = accept4(listener->socket, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        int on = 1;
        setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct source *source = must(malloc(sizeof *source));
        memset(source, 0, sizeof *source - BUFFER);
        source->connection.socket = socket;
        source->connection.kind = listener->kind;
        watch(socket, source);
        if (listener->kind == CONTROL) {
            count.control_connections++;
        } else {
            count.connections++;
        }
        if (!reply(&source->connection, "220 sink ESMTP\r\n")) {
            drop(source);
        }
    }
}

static void listen_on(const char *address, enum kind kind, int port) {
    struct source *source = must(calloc(1, sizeof *source));
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port)};
    int on = 1;
    source->listening = true;
    source->listener.kind = kind;
    source->listener.socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(source->listener.socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (inet_pton(AF_INET, address, &name.sin_addr) != 1) {
        fail("sink: '%s' is no IPv4 address", address);
    }
    if (bind(source->listener.socket, (struct sockaddr *)&name, sizeof name) != 0
        || listen(source->listener.socket, 4096) != 0) {
        fail("sink: cannot listen on %s port %d: %s", address, port, strerror(errno));
    }
    watch(source->listener.socket, source);
}

static void read_hosts(const char *file, int port) {
    FILE *hosts = fopen(file, "r");
    char address[64], kind[16];
    if (hosts == NULL) {
        fail("sink: cannot read %s: %s", file, strerror(errno));
    }
    while (fscanf(hosts, "%63s %15s", address, kind) == 2) {
        listen_on(address, strcmp(kind, "clear") == 0 ? CLEAR : strcmp(kind, "control") == 0 ? CONTROL : TLS, port);
    }
    fclose(hosts);
}

static void obey(const char *line) {
    long number, millis;
    if (sscanf(line, "run %ld", &number) == 1) {
        begin(number);
    } else if (sscanf(line, "report %ld %ld", &number, &millis) == 2) {
        question.pending = true;
        question.wanted = number;
        question.idle_nanos = millis * 1000000;
    } else {
        fail("sink: not a command: %s", line);
    }
}

// Returns false at the end of the commands.
static bool read_commands(void) {
    static char line[256];
    static size_t used;
    ssize_t got = read(STDIN_FILENO, line + used, sizeof line - 1 - used);
    if (got <= 0) {
        return false;
    }
    used += got;
    char *end;
    while ((end = memchr(line, '\n', used)) != NULL) {
        *end = 0;
        obey(line);
        used -= end + 1 - line;
        memmove(line, end + 1, used);
    }
    return used < sizeof line - 1;
}

static SSL_CTX *server_context(const char *chain, const char *key) {
    SSL_CTX *context = must(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_session_id_context(context, (const unsigned char *)"sink", 4);
    if (SSL_CTX_use_certificate_chain_file(context, chain) != 1
        || SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1) {
        fail("sink: cannot use the certificate %s with the key %s", chain, key);
    }
    return context;
}

static void answer_when_due(void) {
    if (question.pending
        && (count.messages >= question.wanted
            || monotonic_nanos() - count.last_arrival > question.idle_nanos)) {
        report();
    }
}

int main(int arguments, char **argument) {
    if (arguments != 5) {
        fail("usage: sink CHAIN KEY PORT HOSTS");
    }
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    signal(SIGPIPE, SIG_IGN);
    tls = server_context(argument[1], argument[2]);
    poll_set = epoll_create1(0);
    watch(STDIN_FILENO, NULL);
    read_hosts(argument[4], atoi(argument[3]));
    begin(0);
    puts("ready");
    fflush(stdout);
    while (true) {
        struct epoll_event events[EVENTS];
        int ready = epoll_wait(poll_set, events, EVENTS, question.pending ? 100 : -1);
        for (int i = 0; i < ready; i++) {
            struct source *source = events[i].data.ptr;
            if (source == NULL) {
                if (!read_commands()) {
                    return 0;
                }
            } else if (source->listening) {
                take_connections(&source->listener);
            } else if (!serve(&source->connection)) {
                drop(source);
            }
        }
        answer_when_due();
    }
}
