// SPDX-License-Identifier: Apache-2.0

/// The decision for a destination with all its evidence, for people and programs.
@NullMarked
package org.gatepost.gateway.explain;

import org.jspecify.annotations.NullMarked;
