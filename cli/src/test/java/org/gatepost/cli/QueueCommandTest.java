// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.gatepost.gateway.Gateway;
import org.gatepost.gateway.config.ConfigFile;
import org.gatepost.names.Mailbox;
import org.gatepost.spool.EmbeddedStore;
import org.gatepost.spool.Envelope;
import org.gatepost.spool.MessageId;
import org.gatepost.spool.QueuedRecipient;
import org.gatepost.spool.Spool;
import org.gatepost.spool.Spool.Update.Deferred;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `gatepost queue`, beside a running gateway and without one.
class QueueCommandTest {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    @TempDir
    private Path folder;

    private Path config;

    @BeforeEach
    void configure() throws Exception {
        // The name server is a closed port, so that nothing is delivered.
        config = Files.writeString(folder.resolve("gatepost.toml"), """
                hostname = "gw.test"
                [listen]
                addresses = ["127.0.0.1:0"]
                [spool]
                directory = "spool"
                [queue]
                lifetime = "30d"
                delay-warning = "off"
                [dns]
                upstreams = ["127.0.0.1:1"]
                timeout = "500ms"
                try-timeout = "100ms"
                """);
    }

    private EmbeddedStore store() {
        return EmbeddedStore.open(folder.resolve("spool"));
    }

    private static void put(Spool spool, String sender, String... recipients) {
        try (Spool.Draft draft = spool.draft()) {
            draft.content().write("Subject: hello\r\n\r\nbody\r\n".getBytes(StandardCharsets.UTF_8));
            draft.commit(
                    new Envelope(
                            sender.isEmpty() ? Optional.empty() : Optional.of(Mailbox.parse(sender)),
                            List.of(recipients).stream().map(Mailbox::parse).toList(),
                            false,
                            false,
                            "client.test [192.0.2.9]"),
                    Instant.now().minus(Duration.ofDays(3)),
                    Instant.EPOCH);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /// Three messages: one deferred for long, one not tried yet, one without a sender.
    private void fill() {
        try (EmbeddedStore store = store()) {
            Spool spool = store.spool();
            put(spool, "anna@sender.test", "a@example.net", "b@example.org");
            for (QueuedRecipient one : spool.begin(spool.lease(Instant.now(), 10))) {
                spool.apply(
                        List.of(new Deferred(
                                one,
                                Instant.now().plus(Duration.ofDays(90)),
                                "2026-11-28T22:00:00Z mx.example.net[192.0.2.1] TLSv1.3: 450 4.7.323 tlsa-invalid",
                                "4.7.323 ee-key-mismatch")),
                        List.of());
            }
            put(spool, "bob@sender.test", "c@example.net");
            put(spool, "", "d@example.com");
        }
    }

    private CommandRun queue(String... arguments) {
        List<String> all = new ArrayList<>(List.of("queue"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--config", config.toString()));
        return CommandRun.of(all.toArray(String[]::new));
    }

    private JsonNode json(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--json");
        return MAPPER.readTree(queue(all.toArray(String[]::new)).out());
    }

    @Test
    void theListSaysWhoWaitsAndWhy() {
        fill();
        CommandRun run = queue("list");
        assertThat(run.status()).isZero();
        assertThat(run.out())
                .contains("00000001  3 d 0 h old  24 B  from <anna@sender.test>")
                .contains(
                        "  to <a@example.net>  next attempt in 89 d 23 h, 1 attempt\n      2026-11-28T22:00:00Z mx.ex")
                .contains("00000003  3 d 0 h old  24 B  from <>\n  to <d@example.com>  due now, not tried yet\n")
                .endsWith("3 messages to 4 recipients, 72 B\n");
    }

    @Test
    void filtersNarrowTheList() {
        fill();
        assertThat(queue("list", "--domain", "EXAMPLE.net").out())
                .contains("<a@example.net>", "<c@example.net>")
                .doesNotContain("example.org")
                .endsWith("2 messages to 2 recipients, 48 B, of 3 messages to 4 recipients in the queue\n");
        assertThat(queue("list", "--failure", "EE-key-mismatch").out()).contains("2 recipients");
        assertThat(queue("list", "--sender", "<>").out())
                .contains("<d@example.com>")
                .contains("1 message to 1");
        assertThat(queue("list", "--older", "2d", "--limit", "1").out()).contains("--limit shows more");
        CommandRun none = queue("list", "--older", "4d");
        assertThat(none.status()).isEqualTo(1);
        assertThat(none.out()).isEqualTo("nothing like that among 3 messages to 4 recipients\n");
    }

    @Test
    void oneMessageIsShownWithItsHeaderWhenAsked() {
        fill();
        CommandRun run = queue("show", "00000001", "--headers");
        assertThat(run.status()).isZero();
        assertThat(run.out())
                .contains("from client.test [192.0.2.9]", "    Subject: hello", "recipients  2, finished ones included")
                .doesNotContain("body");
        assertThat(queue("show", "00000009").status()).isEqualTo(1);
    }

    @Test
    void theSummaryNamesTheDestinationThatHangs() {
        fill();
        CommandRun run = queue("summary");
        assertThat(run.status()).isZero();
        assertThat(run.out())
                .containsPattern("2 +2 +0 +example.net +3 d 0 h +now +4.7.323 ee-key-mismatch \\(1\\)")
                .contains("not tried yet")
                .endsWith("3 messages to 4 recipients, 72 B\n");
    }

    @Test
    void anEmptyQueueIsSaidSo() {
        store().close();
        CommandRun run = queue("summary");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out()).isEqualTo("the queue is empty\n");
    }

    @Test
    void changesSayWhatTheyDid() {
        fill();
        CommandRun held = queue("hold", "--domain", "example.net");
        assertThat(held.status()).isZero();
        assertThat(held.out()).isEqualTo("2 messages to 2 recipients put on hold\n");
        assertThat(queue("list", "--held").out()).contains("on hold for ", "2 messages to 2 recipients");
        assertThat(queue("flush").out()).isEqualTo("""
                2 messages to 2 recipients made due now
                2 recipients left alone: on hold; 'release' makes them due
                """);
        assertThat(queue("release", "00000001", "00000002").out()).contains("2 messages to 2 recipients released");
        assertThat(queue("release", "--all").status()).isEqualTo(1);
        CommandRun rehearsal = queue("drop", "--all", "--dry-run");
        assertThat(rehearsal.out()).isEqualTo("3 messages to 4 recipients would be dropped\n");
        CommandRun unconfirmed = queue("drop", "--all");
        assertThat(unconfirmed.status()).isEqualTo(1);
        assertThat(unconfirmed.out()).contains("say --yes");
        assertThat(queue("drop", "--all", "--yes", "--bounce").out())
                .isEqualTo("3 messages to 4 recipients dropped; senders told of 2\n");
        assertThat(queue("list").out()).contains("to <anna@sender.test>", "to <bob@sender.test>");
    }

    @Test
    void theRunningGatewayDoesTheSame() throws Exception {
        fill();
        assertThat(queue("hold", "--all").status()).isZero();
        try (Gateway gateway = Gateway.start(ConfigFile.read(config), Gateway.Environment.system())) {
            assertThat(queue("list", "--held").out()).contains("3 messages to 4 recipients");
            assertThat(queue("drop", "00000001").out()).isEqualTo("1 message to 2 recipients dropped\n");
            assertThat(gateway.spool().message(new MessageId(1))).isEmpty();
            assertThat(queue("release", "--sender", "bob@sender.test").status()).isZero();
            assertThat(json("summary").at("/shown/queue/messages").asInt()).isEqualTo(2);
        }
        assertThat(queue("list", "--held").out()).contains("1 message to 1 recipient");
        assertThat(folder.resolve("spool/control")).doesNotExist();
    }

    @Test
    void theJsonIsAsDocumented() throws Exception {
        fill();
        queue("hold", "00000002");
        JsonReference page = JsonReference.read(Path.of("..", "docs", "reference", "queue-json.md"));
        List<String[]> commands = List.of(
                new String[] {"list"},
                new String[] {"show", "00000001"},
                new String[] {"show", "00000001", "--headers"},
                new String[] {"summary"},
                new String[] {"drop", "--all"},
                new String[] {"retry", "--all", "--dry-run"});
        for (String[] command : commands) {
            page.check(json(command), String.join(" ", command));
        }
        assertThat(page.undocumented()).isEmpty();
        // Only a store out of order makes it.
        assertThat(page.neverProduced()).allMatch(row -> row.startsWith("failed"));
    }

    @Test
    void anEmptyAnswerIsJsonToo() {
        store().close();
        assertThat(json("list").at("/shown/messages").asInt(-1)).isZero();
        assertThat(json("flush").at("/done/recipients").asInt(-1)).isZero();
    }

    @Test
    void wrongQuestionsAreRefusedInOneLine() {
        fill();
        for (CommandRun run : List.of(
                queue("hold"),
                queue("hold", "--all", "--held"),
                queue("hold", "no id"),
                queue("show", "*"),
                queue("list", "--domain", "a..b"),
                queue("list", "--sender", "a b"),
                queue("list", "--older", "soon"),
                queue("list", "--failure", "a'b"),
                queue("list", "--limit", "0"),
                queue("summary", "--limit", "501"))) {
            assertThat(run.status()).isEqualTo(2);
            assertThat(run.err()).startsWith("gatepost: ").hasLineCount(1);
            assertThat(run.out()).isEmpty();
        }
        assertThat(queue("hold").err()).contains("say which");
    }

    @Test
    void withoutASpoolThereIsNoQueueAndNoneIsMade() {
        CommandRun run = queue("list");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("no gateway has run with it yet").hasLineCount(1);
        assertThat(folder.resolve("spool")).doesNotExist();
    }

    /// As when another program holds the lock, or the gateway has no socket.
    @Test
    void aGatewayThatCannotBeAskedIsSaidSo() {
        fill();
        try (EmbeddedStore store = store()) {
            assertThat(store.spool().depth().messages()).isEqualTo(3);
            CommandRun run = queue("flush");
            assertThat(run.status()).isEqualTo(2);
            assertThat(run.err()).contains("answers no queue commands").hasLineCount(1);
        }
    }
}
