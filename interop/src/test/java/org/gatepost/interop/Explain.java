// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.gatepost.cli.Main;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `gatepost explain --json --connect`, run within this JVM.
///
/// @param exit 0 when mail would go, 1 when not
/// @param json what it printed
record Explain(int exit, JsonNode json) {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    static Explain of(Path config, String subject) {
        var out = new StringWriter();
        var err = new StringWriter();
        var exit = Main.run(
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                "explain",
                "--json",
                "--connect",
                "--config",
                config.toString(),
                subject);
        if (exit > 1) {
            throw new AssertionError("explain " + subject + ": exit status " + exit + ": " + err);
        }
        return new Explain(exit, MAPPER.readTree(out.toString()));
    }

    /// `deliver`, `defer` or `return`.
    String action() {
        return json.at("/verdict/action").asString();
    }
}
