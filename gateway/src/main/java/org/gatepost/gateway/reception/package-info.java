// SPDX-License-Identifier: Apache-2.0

/// Taking mail in by SMTP: listeners, who may relay, and the way into the spool.
@NullMarked
package org.gatepost.gateway.reception;

import org.jspecify.annotations.NullMarked;
