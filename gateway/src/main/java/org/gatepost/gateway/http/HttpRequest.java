// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.http;

import java.io.IOException;
import java.net.InetAddress;

/// One request, of which line and fields are here and the body is still to be read.
///
/// @param method as sent; methods are case-sensitive
/// @param path the path of the target, undecoded, beginning with `/`
/// @param query what follows `?`, undecoded; may be empty
/// @param client the address of the client's end of the connection
public record HttpRequest(
        String method, String path, String query, HttpFields fields, InetAddress client, Body content) {
    /// Reads the body, once.
    public interface Body {
        /// @param most octets
        /// @param budget what all bodies in memory may take together; the caller gives back what this one took
        /// @throws HttpProblem 413 when it is larger, 503 when the budget is used up, 400 when it is malformed
        byte[] read(long most, OctetBudget.Share budget) throws IOException, HttpProblem;
    }

    /// The media type without parameters, in lower case; empty when there is none.
    public String mediaType() {
        return fields.value("content-type")
                .map(value -> value.split(";", 2)[0].strip().toLowerCase(java.util.Locale.ROOT))
                .orElse("");
    }
}
