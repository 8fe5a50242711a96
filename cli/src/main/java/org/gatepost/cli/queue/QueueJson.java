// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli.queue;

import java.io.PrintWriter;
import org.gatepost.gateway.queue.QueueAnswer;
import org.gatepost.gateway.queue.QueueWire;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// For programs: one object of the schema `gatepost-queue/1`, written as the answer comes.
final class QueueJson implements QueueOutput {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private final PrintWriter out;
    private final JsonGenerator json;
    private List list = List.NONE;
    private boolean inMessage;

    /// What is being listed.
    private enum List {
        NONE,
        MESSAGES,
        DOMAINS
    }

    QueueJson(PrintWriter out) {
        this.out = out;
        this.json = MAPPER.writerWithDefaultPrettyPrinter().createGenerator(out);
    }

    @Override
    public void accept(QueueAnswer piece) {
        ObjectNode node = QueueWire.json(piece);
        String type = node.remove("type").asString();
        switch (piece) {
            case QueueAnswer.Begun begun -> {
                json.writeStartObject();
                json.writeStringProperty("schema", "gatepost-queue/1");
                json.writeStringProperty("time", begun.time().toString());
            }
            case QueueAnswer.Message _ -> {
                endMessage();
                begin(List.MESSAGES, "messages");
                json.writeStartObject();
                members(node);
                json.writeArrayPropertyStart("recipients");
                inMessage = true;
            }
            case QueueAnswer.Recipient _ -> {
                json.writeStartObject();
                members(node);
                json.writeEndObject();
            }
            case QueueAnswer.Domain _ -> {
                begin(List.DOMAINS, "domains");
                json.writeStartObject();
                members(node);
                json.writeEndObject();
            }
            case QueueAnswer.Progress _ -> {}
            case QueueAnswer.End _ -> end(type, node);
        }
    }

    private void members(ObjectNode node) {
        for (var member : node.properties()) {
            json.writeName(member.getKey());
            write(member.getValue());
        }
    }

    private void write(JsonNode value) {
        json.writeTree(value);
    }

    private void begin(List wanted, String name) {
        if (list == List.NONE) {
            list = wanted;
            json.writeArrayPropertyStart(name);
        }
    }

    private void endMessage() {
        if (inMessage) {
            json.writeEndArray();
            json.writeEndObject();
            inMessage = false;
        }
    }

    private void end(String type, ObjectNode node) {
        endMessage();
        if (list != List.NONE) {
            json.writeEndArray();
        }
        json.writeName(type);
        write(node);
        json.writeEndObject();
        json.flush();
        out.println();
        out.flush();
    }
}
