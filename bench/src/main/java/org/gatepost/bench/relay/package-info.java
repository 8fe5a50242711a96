// SPDX-License-Identifier: Apache-2.0
/// Relaying end to end beside Postfix, `./dev bench relay`: load, gateway, DNS, policy host and receiving MX hosts on
/// one
/// machine, in namespaces of their own.
@NullMarked
package org.gatepost.bench.relay;

import org.jspecify.annotations.NullMarked;
