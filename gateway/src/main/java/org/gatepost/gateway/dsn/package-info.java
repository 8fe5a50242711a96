// SPDX-License-Identifier: Apache-2.0

/// Non-delivery reports.
@NullMarked
package org.gatepost.gateway.dsn;

import org.jspecify.annotations.NullMarked;
