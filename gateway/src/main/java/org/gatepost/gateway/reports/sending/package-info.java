// SPDX-License-Identifier: Apache-2.0

/// Sending TLS reports (RFC 8460 §5): days are closed, reports planned, and each is sent by mail or HTTPS to the
/// addresses that its domain publishes.
@NullMarked
package org.gatepost.gateway.reports.sending;

import org.jspecify.annotations.NullMarked;
