// SPDX-License-Identifier: Apache-2.0

/// Reports to senders: of failure, of delay, and of success where the next host tells none.
@NullMarked
package org.gatepost.gateway.dsn;

import org.jspecify.annotations.NullMarked;
