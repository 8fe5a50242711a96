// SPDX-License-Identifier: Apache-2.0

/// Taking in the TLS reports that others send about our domains, by mail and by HTTPS POST.
///
/// @spec https://www.rfc-editor.org/rfc/rfc8460 RFC 8460 §5: Report Delivery
@NullMarked
package org.gatepost.gateway.reports.receiving;

import org.jspecify.annotations.NullMarked;
