// SPDX-License-Identifier: Apache-2.0

/// Handing mail on: scheduling, connections, attempts and retries.
@NullMarked
package org.gatepost.gateway.delivery;

import org.jspecify.annotations.NullMarked;
