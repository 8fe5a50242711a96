// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.http;

import java.time.Duration;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// What a handler answers.
///
/// @param status 200–599
/// @param fields beyond those that the server sets itself: Date, Server, Content-Length, Connection
/// @param body sent in UTF-8
public record HttpResponse(int status, SortedMap<String, String> fields, String body) {
    public HttpResponse {
        fields = new TreeMap<>(fields);
    }

    /// One line of plain text.
    public static HttpResponse text(int status, String line) {
        return new HttpResponse(
                status, new TreeMap<>(Map.of("Content-Type", "text/plain; charset=utf-8")), line + "\n");
    }

    public HttpResponse with(String name, String value) {
        SortedMap<String, String> more = new TreeMap<>(fields);
        more.put(name, value);
        return new HttpResponse(status, more, body);
    }

    /// Trouble of ours: the client is asked to come again.
    public static HttpResponse unavailable(String line, Duration later) {
        return text(503, line).with("Retry-After", Long.toString(later.toSeconds()));
    }

    /// The words of RFC 9110 §15 for the statuses that are used.
    static String phrase(int status) {
        return switch (status) {
            case 200 -> "OK";
            case 201 -> "Created";
            case 204 -> "No Content";
            case 400 -> "Bad Request";
            case 403 -> "Forbidden";
            case 404 -> "Not Found";
            case 405 -> "Method Not Allowed";
            case 408 -> "Request Timeout";
            case 411 -> "Length Required";
            case 413 -> "Content Too Large";
            case 414 -> "URI Too Long";
            case 415 -> "Unsupported Media Type";
            case 417 -> "Expectation Failed";
            case 422 -> "Unprocessable Content";
            case 429 -> "Too Many Requests";
            case 431 -> "Request Header Fields Too Large";
            case 500 -> "Internal Server Error";
            case 501 -> "Not Implemented";
            case 503 -> "Service Unavailable";
            case 505 -> "HTTP Version Not Supported";
            default -> "Status";
        };
    }
}
