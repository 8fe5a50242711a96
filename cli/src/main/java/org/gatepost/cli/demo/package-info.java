// SPDX-License-Identifier: Apache-2.0

/// The demonstration: the gateway in the lab, scenario by scenario, judged by what the lab's hosts saw.
@NullMarked
package org.gatepost.cli.demo;

import org.jspecify.annotations.NullMarked;
