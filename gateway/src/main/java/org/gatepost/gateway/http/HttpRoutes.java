// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.http;

import java.io.IOException;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// Which handler answers what: exact paths, each with the methods it knows. Immutable once built.
public final class HttpRoutes {
    private final Map<String, SortedMap<String, Handler>> byPath;

    private HttpRoutes(Map<String, SortedMap<String, Handler>> byPath) {
        this.byPath = byPath;
    }

    /// Answers requests; called by the thread of the connection, one after the other.
    @FunctionalInterface
    public interface Handler {
        /// @throws IOException when the connection breaks
        HttpResponse handle(HttpRequest request) throws IOException, HttpProblem;
    }

    /// Collects the handlers of the capabilities.
    public static final class Builder {
        private final Map<String, SortedMap<String, Handler>> byPath = new TreeMap<>();

        public Builder on(String method, String path, Handler handler) {
            byPath.computeIfAbsent(path, key -> new TreeMap<>()).put(method, handler);
            return this;
        }

        public HttpRoutes build() {
            return new HttpRoutes(Map.copyOf(byPath));
        }
    }

    public static Builder builder() {
        return new Builder();
    }

    HttpResponse answer(HttpRequest request) throws IOException, HttpProblem {
        SortedMap<String, Handler> methods = byPath.get(request.path());
        if (methods == null) {
            return HttpResponse.text(404, "there is nothing here");
        }
        // RFC 9110 §9.3.2: HEAD is GET whose content is not sent.
        Handler handler = methods.get(request.method().equals("HEAD") ? "GET" : request.method());
        if (handler == null) {
            return HttpResponse.text(405, "this path takes " + String.join(", ", methods.keySet()))
                    .with("Allow", String.join(", ", methods.keySet()));
        }
        return handler.handle(request);
    }
}
