// SPDX-License-Identifier: Apache-2.0

/// The gateway's HTTPS server: HTTP/1.1 over the TLS channel that SMTP uses too, everything bounded in time and size.
/// Capabilities register handlers in [HttpRoutes]; what a request means is theirs.
///
/// @spec https://www.rfc-editor.org/rfc/rfc9112 RFC 9112: HTTP/1.1
@NullMarked
package org.gatepost.gateway.http;

import org.jspecify.annotations.NullMarked;
