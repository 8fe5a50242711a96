// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.gatepost.names.DomainName;
import org.gatepost.zones.DnsServer;
import org.gatepost.zones.SignedWorld;
import org.gatepost.zones.Validity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.Type;

/// `gatepost dns` from the command line to an answer.
class DnsCommandTest {
    private static final Instant SIGNED = Instant.parse("2020-01-15T00:00:00Z");
    private static final Pattern READY = Pattern.compile("ready, DNS on (.*):(\\d+)");

    private final SignedWorld world = SignedWorld.builder(InstantSource.fixed(SIGNED))
            .validity(new Validity(SIGNED.minusSeconds(86_400), SIGNED.plusSeconds(86_400)))
            .signedZone(DomainName.parse("good.test"))
            .add("good.test. 300 IN A 127.0.0.9")
            .build();

    @TempDir
    private Path folder;

    @Test
    void aZoneSignedLongAgoIsSecureUnderTheClockOfItsTime() throws Exception {
        Message then = answer("--clock", "20200115000000");
        Message sameSecond = answer("--clock", Long.toString(SIGNED.getEpochSecond()));
        Message today = answer();

        assertThat(then.getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(then.getHeader().getFlag(Flags.AD)).isTrue();
        assertThat(((ARecord) then.getSection(Section.ANSWER).getFirst()).getAddress())
                .isEqualTo(InetAddress.ofLiteral("127.0.0.9"));
        assertThat(sameSecond.getHeader().getFlag(Flags.AD)).isTrue();
        assertThat(today.getRcode()).isEqualTo(Rcode.SERVFAIL);
        assertThat(today.getOPT().toString()).contains("expired");
    }

    @Test
    void anAnchorOnTheCommandLineReplacesTheConfigured() throws Exception {
        Message foreign =
                answer("--clock", "20200115000000", "--anchor", "elsewhere.test. DS 1 RSASHA256 2 " + "ab".repeat(32));

        assertThat(foreign.getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(foreign.getHeader().getFlag(Flags.AD)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--clock yesterday",
                "--clock 20201332000000",
                "--clock -1",
                "--algorithms 5",
                "--algorithms +3",
                "--anchor nonsense",
                "--listen nowhere",
                "--listen 127.0.0.1:99999",
                "--listen 0.0.0.0:0",
            })
    void anOptionThatCannotBeUsedIsRefusedInOneLine(String option) throws IOException {
        String[] words = option.split(" ", 2);
        var errors = new StringWriter();

        int status = Main.commandLine()
                .setErr(new PrintWriter(errors, true))
                .execute("dns", "--config", config(9).toString(), words[0], words[1]);

        assertThat(status).isEqualTo(Main.UNUSABLE);
        assertThat(errors.toString().lines().toList()).hasSize(1);
        assertThat(errors.toString()).doesNotContain("Exception").doesNotContain("defect");
    }

    private Path config(int upstreamPort) throws IOException {
        Path anchor = Files.writeString(folder.resolve("anchor"), world.trustAnchor() + "\n");
        return Files.writeString(
                folder.resolve("gatepost.toml"),
                "dns.upstreams = [\"127.0.0.1:" + upstreamPort + "\"]\ndns.trust-anchor-file = \"" + anchor + "\"\n");
    }

    /// Runs the command with these options and asks it for one address.
    private Message answer(String... options) throws Exception {
        var loopback = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);
        try (var upstream = DnsServer.start(world, loopback)) {
            var ready = new CompletableFuture<InetSocketAddress>();
            var arguments = new ArrayList<>(List.of(
                    "dns", "--config", config(upstream.address().getPort()).toString(), "--listen", "127.0.0.1:0"));
            arguments.addAll(List.of(options));
            Thread command = Thread.ofVirtual()
                    .start(() -> Main.commandLine()
                            .setOut(new PrintWriter(new Announcement(ready), true))
                            .execute(arguments.toArray(String[]::new)));
            try {
                return ask(ready);
            } finally {
                command.interrupt();
                command.join();
            }
        }
    }

    private static Message ask(CompletableFuture<InetSocketAddress> ready)
            throws IOException, InterruptedException, ExecutionException, TimeoutException {
        var client = new SimpleResolver(ready.get(30, TimeUnit.SECONDS));
        client.setTimeout(Duration.ofSeconds(20));
        Message query = Message.newQuery(Record.newRecord(Name.fromString("good.test."), Type.A, DClass.IN));
        query.addRecord(new OPTRecord(1232, 0, 0, ExtendedFlags.DO), Section.ADDITIONAL);
        return client.send(query);
    }

    /// Standard output, watched for the line that says where it listens.
    private static final class Announcement extends StringWriter {
        private final CompletableFuture<InetSocketAddress> ready;

        private Announcement(CompletableFuture<InetSocketAddress> ready) {
            this.ready = ready;
        }

        @Override
        public void flush() {
            Matcher line = READY.matcher(toString());
            if (line.find()) {
                ready.complete(
                        new InetSocketAddress(InetAddress.ofLiteral(line.group(1)), Integer.parseInt(line.group(2))));
            }
        }
    }
}
