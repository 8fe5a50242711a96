// SPDX-License-Identifier: Apache-2.0

/// TLS as SMTP and policy fetching need it: a channel that keeps what the peer showed, certificate paths, reference
/// names.
///
/// Nothing here decides whether a certificate is good enough: a handshake never fails because of the certificate.
/// The peer's chain is kept as sent, and the policy judges it.
@NullMarked
package org.gatepost.tls;

import org.jspecify.annotations.NullMarked;
