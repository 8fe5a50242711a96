// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.resolution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.gatepost.dns.DnssecStatus;
import org.gatepost.dns.RecordData;
import org.gatepost.dns.RecordType;
import org.gatepost.gateway.resolution.TestAuthority.Issued;
import org.gatepost.names.DomainName;
import org.gatepost.names.NameSyntaxException;
import org.gatepost.policy.StsFacts;
import org.gatepost.policy.StsPolicy.Mode;
import org.gatepost.spool.VolatilePolicyMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The cases of postfix-mta-sts-resolver from the record to the policy in force: answer, status, media type and
/// certificate are served as the case says. That program answers only where a policy is enforced. The time limit only
/// turns a hang into a failure.
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MtaStsFetchCorpusTest {
    private static final String CASES = "mta-sts/postfix-mta-sts-resolver.jsonl";
    private static final String QUESTIONS = "mta-sts/postfix-mta-sts-resolver-refdata.tsv";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Instant now = Instant.now();
    private final TestAuthority authority = new TestAuthority(now);

    private static List<String> lines(String file) throws IOException {
        String folder = System.getenv().getOrDefault("GATEPOST_CORPUS", "");
        if (folder.isEmpty()) {
            System.out.println("corpus not present: " + file + " did not run");
            return List.of();
        }
        return Files.readAllLines(Path.of(folder).resolve(file));
    }

    @Test
    void everyCaseEndsAsItsProgramSays() throws IOException {
        var differing = new TreeMap<String, Boolean>();
        for (String line : lines(CASES)) {
            JsonNode node = JSON.readTree(line);
            boolean enforced = isEnforced(node);
            if (enforced != node.get("postfix_answer").asString().startsWith("OK")) {
                differing.put(node.get("domain").asString(), enforced);
            }
        }
        assertThat(differing).isEmpty();
    }

    /// The questions that its clients ask, which name domains in several ways.
    @Test
    void everyQuestionIsAnsweredAsItsProgramDoes() throws IOException {
        Map<String, JsonNode> cases = new HashMap<>();
        for (String line : lines(CASES)) {
            JsonNode node = JSON.readTree(line);
            cases.put(node.get("domain").asString(), node);
        }
        for (String line : lines(QUESTIONS)) {
            String[] question = line.split("\t", -1);
            String name = question[0].substring(question[0].indexOf(' ') + 1);
            if (name.matches("\\[.*|.*:\\d+")) {
                System.out.println("waiver " + QUESTIONS + " " + name
                        + ": the next-hop syntax of Postfix's transport maps, which SMTP does not know");
                continue;
            }
            assertThat(isEnforced(name, cases)).as(line).isEqualTo(question[1].startsWith("OK"));
        }
    }

    private boolean isEnforced(String name, Map<String, JsonNode> cases) throws IOException {
        try {
            JsonNode known = cases.get(DomainName.parse(name).ascii());
            return known != null && isEnforced(known);
        } catch (NameSyntaxException e) {
            return false;
        }
    }

    private boolean isEnforced(JsonNode node) throws IOException {
        DomainName domain = DomainName.parse(node.get("domain").asString());
        var resolver = new ScriptedResolver()
                .found(
                        "_mta-sts." + domain,
                        RecordType.TXT,
                        DnssecStatus.INSECURE,
                        new RecordData.Txt(node.get("txt").asString()));
        String host = "mta-sts." + domain;
        InstantSource clock = InstantSource.fixed(now);
        try (var server = TestPolicyHost.start(identity(node, host), answer(node))) {
            var cache = new StsPolicyCache(
                    resolver,
                    server.fetcher(resolver, host, authority.trust(), clock),
                    new KnownPolicies(new VolatilePolicyMemory(), new Random(1), clock),
                    2,
                    clock);
            return cache.lookUp(domain, 0) instanceof StsFacts.InForce policy
                    && policy.policy().mode() == Mode.ENFORCE;
        }
    }

    private Issued identity(JsonNode node, String host) {
        return switch (node.path("certificate").asString("valid")) {
            case "untrusted" -> authority.selfSigned(host);
            case "valid" -> authority.server(host);
            default -> authority.server("elsewhere.loc");
        };
    }

    /// Two bodies are only described: a policy with a very long tail.
    private static String answer(JsonNode node) {
        String body = node.path("body").asString("");
        boolean described = body.startsWith("(valid 4-line policy followed by 131136 bytes");
        String served = described
                ? "version: STSv1\nmode: enforce\nmx: mail.loc\nmax_age: 86400\n" + "a".repeat(131_136)
                : body;
        String head = "HTTP/1.1 " + node.path("http_status").asInt(404) + " As said\r\nContent-Type: "
                + node.path("content_type").asString("text/html") + "\r\n";
        return body.contains("chunked")
                ? head + "Transfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(served.length()) + "\r\n" + served
                        + "\r\n0\r\n\r\n"
                : head + "Content-Length: " + served.length() + "\r\n\r\n" + served;
    }
}
