// SPDX-License-Identifier: Apache-2.0

/// Verifying DKIM signatures, as reports by mail must carry (RFC 8460 §3). Shares no code with the signing of our own
/// reports, so that neither hides the other's mistake.
///
/// @spec https://www.rfc-editor.org/rfc/rfc6376 RFC 6376: DKIM Signatures
/// @spec https://www.rfc-editor.org/rfc/rfc8301 RFC 8301: algorithms and key sizes
/// @spec https://www.rfc-editor.org/rfc/rfc8463 RFC 8463: Ed25519
@NullMarked
package org.gatepost.gateway.dkim;

import org.jspecify.annotations.NullMarked;
