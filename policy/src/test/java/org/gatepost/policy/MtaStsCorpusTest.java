// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// RFC 8461 §3.1 and §3.2 as other implementations read them.
final class MtaStsCorpusTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /// Input → why our verdict is another one. None so far.
    private static final Map<String, String> MOX_WAIVERS = Map.of();

    private static final Map<String, String> RESOLVER_WAIVERS = Map.of(
            "bad-policy3.loc", "the parsers do not see the content type; the fetcher judges it",
            "bad-policy4.loc", "the parsers do not see the HTTP status; the fetcher judges it",
            "bad-cert1.loc", "the parsers do not see the certificate; the fetcher judges it",
            "bad-cert2.loc", "the parsers do not see the certificate; the fetcher judges it",
            "valid-none.loc", "a policy with mode none is a policy, of which that program says nothing",
            "testing.loc", "a policy with mode testing is a policy, of which that program says nothing");

    @Test
    void moxVectorsGetTheirVerdicts() throws IOException {
        var needed = new HashMap<String, String>();
        for (String line : Corpus.lines("mta-sts/mox-vectors.jsonl").orElse(List.of())) {
            JsonNode vector = JSON.readTree(line);
            String input = vector.get("input").asString();
            boolean valid = vector.get("kind").asString().equals("mta-sts-txt")
                    ? StsRecord.parse(List.of(input)) instanceof StsRecord.Published
                    : StsPolicyParser.parse(input) instanceof ParsedStsPolicy.Accepted;
            if (valid != vector.get("verdict").asString().equals("valid")) {
                needed.put(input, MOX_WAIVERS.getOrDefault(input, "UNEXPLAINED " + vector.get("why")));
            }
        }
        Corpus.printWaivers("mta-sts/mox-vectors.jsonl", needed);
        assertThat(needed).allSatisfy((input, _) -> assertThat(MOX_WAIVERS).containsKey(input));
    }

    @Test
    void resolverCasesGetTheirVerdicts() throws IOException {
        var needed = new HashMap<String, String>();
        for (String line :
                Corpus.lines("mta-sts/postfix-mta-sts-resolver.jsonl").orElse(List.of())) {
            JsonNode vector = JSON.readTree(line);
            String domain = vector.get("domain").asString();
            boolean valid = StsRecord.parse(List.of(vector.get("txt").asString())) instanceof StsRecord.Published
                    && vector.has("body")
                    && StsPolicyParser.parse(body(vector)) instanceof ParsedStsPolicy.Accepted;
            if (valid != vector.get("postfix_answer").asString().startsWith("OK")) {
                needed.put(domain, RESOLVER_WAIVERS.getOrDefault(domain, "UNEXPLAINED"));
            }
        }
        Corpus.printWaivers("mta-sts/postfix-mta-sts-resolver.jsonl", needed);
        assertThat(needed)
                .allSatisfy((domain, _) -> assertThat(RESOLVER_WAIVERS).containsKey(domain));
    }

    /// Two bodies are only described in the corpus: a policy with a very long tail.
    private static String body(JsonNode vector) {
        String body = vector.get("body").asString();
        return body.startsWith("(valid 4-line policy followed by 131136 bytes")
                ? "version: STSv1\nmode: enforce\nmx: mail.loc\nmax_age: 86400\n" + "a".repeat(131_136)
                : body;
    }
}
