// SPDX-License-Identifier: Apache-2.0

/// Gathering the facts of a destination: MX hosts, addresses, TLSA records and MTA-STS policies.
@NullMarked
package org.gatepost.gateway.resolution;

import org.jspecify.annotations.NullMarked;
