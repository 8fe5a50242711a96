// SPDX-License-Identifier: Apache-2.0

/// Trying mail before its time, when what stood in its way has changed (spec O5).
@NullMarked
package org.gatepost.gateway.early;

import org.jspecify.annotations.NullMarked;
