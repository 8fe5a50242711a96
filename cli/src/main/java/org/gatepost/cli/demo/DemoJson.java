// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli.demo;

import java.util.List;
import org.gatepost.lab.Scenario;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The demonstration as JSON of the schema `gatepost-demo/1`.
public final class DemoJson {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private DemoJson() {}

    /// One JSON object, indented, ended by a line feed.
    public static String render(List<ScenarioResult> results) {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("schema", "gatepost-demo/1");
        root.put("as-expected", results.stream().allMatch(ScenarioResult::expected));
        ArrayNode rows = root.putArray("scenarios");
        results.forEach(result -> row(rows.addObject(), result));
        return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
    }

    private static void row(ObjectNode node, ScenarioResult result) {
        Scenario scenario = result.scenario();
        node.put("id", scenario.id());
        node.put("title", scenario.title());
        node.put("domain", scenario.domain().toString());
        node.put("asks-for", scenario.asksFor());
        node.put("what-happens", scenario.whatHappens());
        node.put("ended", result.happened());
        result.reply().ifPresent(reply -> node.put("reply", reply));
        node.put("as-expected", result.expected());
        ArrayNode objections = node.putArray("objections");
        result.objections().forEach(objections::add);
    }
}
