// SPDX-License-Identifier: Apache-2.0
/// Measurements. Each compares Gatepost with a peer or with a limit of the machine in the same run, and prints ratios:
/// absolute figures move from machine to machine.
@NullMarked
package org.gatepost.bench;

import org.jspecify.annotations.NullMarked;
