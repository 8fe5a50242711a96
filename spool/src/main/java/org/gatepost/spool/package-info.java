// SPDX-License-Identifier: Apache-2.0

/// The durable queue: what was acknowledged is here until every recipient is delivered, returned or dropped.
///
/// [Spool] is the seam; each store passes the suite `SpoolContract`. [PolicyMemory] is what outlives a restart
/// besides the queue.
@NullMarked
package org.gatepost.spool;

import org.jspecify.annotations.NullMarked;
