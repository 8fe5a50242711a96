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

/// RFC 8461 §3.1 and §3.2 as another implementation reads them. The cases that a whole fetch decides are in the
/// gateway's `MtaStsFetchCorpusTest`.
final class MtaStsCorpusTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /// Input → why our verdict is another one. None so far.
    private static final Map<String, String> MOX_WAIVERS = Map.of();

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
}
