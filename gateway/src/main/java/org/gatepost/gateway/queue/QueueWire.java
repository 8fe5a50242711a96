// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.queue;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.gatepost.gateway.queue.QueueRequest.Action;
import org.gatepost.gateway.queue.QueueRequest.Manner;
import org.gatepost.names.DomainName;
import org.gatepost.names.Mailbox;
import org.gatepost.spool.MessageId;
import org.gatepost.spool.QueueFilter;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Requests and answers as lines between the gateway and another process on the same machine.
///
/// ```
/// conversation = request LF answer
/// request      = JSON object with `protocol` = "gatepost-queue/1", at most 64 KiB
/// answer       = *(piece LF)          ; JSON objects, the last one's `type` is that of an End
/// ```
///
/// Both sides are of one release: another `protocol` is refused.
public final class QueueWire {
    static final String PROTOCOL = "gatepost-queue/1";

    /// Octets of a request, LF included.
    static final int MAX_REQUEST = 64 << 10;

    /// Octets of a piece, LF included: a history of fifty lines, or a header.
    static final int MAX_PIECE = 1 << 20;

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
            .build();

    private QueueWire() {}

    /// What is not a request, or not an answer, of this protocol.
    static final class WireException extends Exception {
        WireException(String reason) {
            super(reason);
        }
    }

    static String text(QueueRequest request) {
        ObjectNode node = MAPPER.createObjectNode().put("protocol", PROTOCOL);
        switch (request) {
            case QueueRequest.Find find -> {
                node.put("request", "find").put("limit", find.limit());
                put(node.putObject("filter"), find.filter());
            }
            case QueueRequest.Show show ->
                node.put("request", "show")
                        .put("message", show.message().toString())
                        .put("header", show.header());
            case QueueRequest.Summary summary -> node.put("request", "summary").put("limit", summary.limit());
            case QueueRequest.Act act -> {
                node.put("request", "act")
                        .put("action", act.action().toString())
                        .put("rehearsal", act.manner().rehearsal())
                        .put("confirmed", act.manner().confirmed())
                        .put("telling", act.manner().telling());
                put(node.putObject("filter"), act.filter());
            }
        }
        return MAPPER.writeValueAsString(node);
    }

    private static void put(ObjectNode node, QueueFilter filter) {
        var messages = node.putArray("messages");
        filter.messages().forEach(id -> messages.add(id.toString()));
        filter.domain().ifPresent(domain -> node.put("domain", domain.toString()));
        filter.sender().ifPresent(sender -> node.put("sender", sender.toString()));
        filter.recipient().ifPresent(recipient -> node.put("recipient", recipient.toString()));
        filter.arrivedUntil().ifPresent(until -> node.put("arrived-until", until.toString()));
        node.put("held", filter.held());
        filter.failure().ifPresent(failure -> node.put("failure", failure));
    }

    static QueueRequest request(String text) throws WireException {
        JsonNode node = object(text);
        if (!PROTOCOL.equals(node.path("protocol").asString(""))) {
            throw new WireException("the command is of another release than the running gateway; restart the gateway");
        }
        try {
            return switch (node.path("request").asString("")) {
                case "find" -> new QueueRequest.Find(filter(node.path("filter")), limit(node));
                case "show" ->
                    new QueueRequest.Show(
                            MessageId.parse(required(node, "message")),
                            node.path("header").asBoolean(false));
                case "summary" -> new QueueRequest.Summary(limit(node));
                case "act" ->
                    new QueueRequest.Act(
                            Action.valueOf(required(node, "action").toUpperCase(Locale.ROOT)),
                            filter(node.path("filter")),
                            new Manner(
                                    node.path("rehearsal").asBoolean(false),
                                    node.path("confirmed").asBoolean(false),
                                    node.path("telling").asBoolean(false)));
                default -> throw new WireException("not a request of " + PROTOCOL);
            };
        } catch (IllegalArgumentException | DateTimeException e) {
            throw new WireException("not a request of " + PROTOCOL + ": " + e.getMessage());
        }
    }

    private static JsonNode object(String text) throws WireException {
        try {
            JsonNode node = MAPPER.readTree(text);
            if (node.isObject()) {
                return node;
            }
        } catch (JacksonException e) {
            throw new WireException("not JSON: " + e.getOriginalMessage());
        }
        throw new WireException("not a JSON object");
    }

    private static String required(JsonNode node, String member) throws WireException {
        return optional(node, member).orElseThrow(() -> new WireException("'" + member + "' is missing"));
    }

    private static Optional<String> optional(JsonNode node, String member) {
        return node.path(member).isString() ? Optional.of(node.path(member).asString()) : Optional.empty();
    }

    private static int limit(JsonNode node) {
        return node.path("limit").asInt(0);
    }

    /// A filter must be there: one that got lost must not mean everything.
    private static QueueFilter filter(JsonNode node) throws WireException {
        if (!node.isObject()) {
            throw new WireException("'filter' is missing");
        }
        List<MessageId> messages = new ArrayList<>();
        for (JsonNode id : node.path("messages")) {
            messages.add(MessageId.parse(id.asString("")));
        }
        return new QueueFilter(
                messages,
                optional(node, "domain").map(DomainName::parse),
                optional(node, "sender").map(QueueFilter.Sender::parse),
                optional(node, "recipient").map(Mailbox::parse),
                optional(node, "arrived-until").map(Instant::parse),
                node.path("held").asBoolean(false),
                optional(node, "failure"));
    }

    /// An answer's piece as JSON with its `type`; what is not there is left out.
    public static ObjectNode json(QueueAnswer piece) {
        ObjectNode node = MAPPER.createObjectNode().put("type", type(piece));
        node.setAll((ObjectNode) MAPPER.valueToTree(piece));
        removeAbsent(node);
        return node;
    }

    private static void removeAbsent(ObjectNode node) {
        node.properties().removeIf(member -> member.getValue().isNull());
        node.properties().forEach(member -> {
            if (member.getValue() instanceof ObjectNode inner) {
                removeAbsent(inner);
            }
        });
    }

    private static String type(QueueAnswer piece) {
        return piece.getClass().getSimpleName().toLowerCase(Locale.ROOT);
    }

    static String text(QueueAnswer piece) {
        return MAPPER.writeValueAsString(json(piece));
    }

    static QueueAnswer piece(String text) throws WireException {
        JsonNode node = object(text);
        String type = node.path("type").asString("");
        for (Class<? extends QueueAnswer> known : List.of(
                QueueAnswer.Begun.class,
                QueueAnswer.Message.class,
                QueueAnswer.Recipient.class,
                QueueAnswer.Domain.class,
                QueueAnswer.Progress.class,
                QueueAnswer.Shown.class,
                QueueAnswer.Done.class,
                QueueAnswer.Unconfirmed.class,
                QueueAnswer.Failed.class)) {
            if (known.getSimpleName().toLowerCase(Locale.ROOT).equals(type)) {
                try {
                    return MAPPER.treeToValue(((ObjectNode) node).without("type"), known);
                } catch (JacksonException e) {
                    throw new WireException("a '" + type + "' is not as it should be: " + e.getOriginalMessage());
                }
            }
        }
        throw new WireException("not an answer of " + PROTOCOL);
    }
}
