// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/// Marks a test class that drives real programs. Where they cannot run, one line says so and why, and the class
/// passes without having run; with `GATEPOST_REQUIRE_INTEROP=1` it fails instead.
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(PeersPresence.class)
@interface NeedsPeers {}
