// SPDX-License-Identifier: Apache-2.0

/// Signed zones and the DNS server that answers from them, honest or attacked: what the lab and the
/// tests resolve.
@NullMarked
package org.gatepost.zones;

import org.jspecify.annotations.NullMarked;
