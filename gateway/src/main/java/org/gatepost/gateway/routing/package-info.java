// SPDX-License-Identifier: Apache-2.0

/// Where mail for a recipient domain goes, and what the operator demands on the way.
@NullMarked
package org.gatepost.gateway.routing;

import org.jspecify.annotations.NullMarked;
