// SPDX-License-Identifier: Apache-2.0
/// Gatepost beside programs that others wrote: NSD, Unbound, Postfix, Exim, nginx, swaks, posttls-finger.
///
/// Everything runs as child processes inside the namespaces that `in-namespace/bin/java` makes for the forked
/// JVM: loopback only, standard ports, and nothing outlives the JVM. A test class says [NeedsPeers]; then
/// [MiniInternet#shared()] gives it the running network.
@NullMarked
package org.gatepost.interop;

import org.jspecify.annotations.NullMarked;
