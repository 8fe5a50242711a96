// SPDX-License-Identifier: Apache-2.0

/// A small internet inside one process: signed zones, policy hosts, mail hosts that really speak SMTP
/// and TLS, and an attacker in the path. It speaks only to 127.0.0.0/8 and shares no mail or TLS code
/// with the gateway, so that what it records is an independent witness.
@NullMarked
package org.gatepost.lab;

import org.jspecify.annotations.NullMarked;
