// SPDX-License-Identifier: AGPL-3.0-or-later
/** The documents of the installer's API (supervisor/src/setup). */

export type Network =
  | { mode: 'dhcp'; interface: string }
  | { mode: 'static'; interface: string; address: string; gateway: string; dns: string[] };

export type Certificate =
  | { kind: 'self-signed' }
  | { kind: 'acme'; contact: string; agreed: boolean }
  | { kind: 'own'; chain: string; key: string };

export interface Relay {
  host: string;
  port: number;
  user: string;
  password: string;
  require_tls: boolean;
}

export interface Answers {
  language: 'en' | 'de';
  hostname: string;
  system: {
    time_zone: string | null;
    keyboard: string | null;
    store_disk: string | null;
    network: Network | null;
  };
  domain: string;
  administrator: { name: string; display_name: string; password: string };
  certificate: Certificate;
  protection: { antispam: boolean; antivirus: boolean };
  relay: Relay | null;
  alerts: string[];
}

export interface Facts {
  version: string;
  is_appliance: boolean;
  is_image: boolean;
  is_ready: boolean;
  hostname: string;
  memory_bytes: number;
  antivirus_bytes: number;
  rest_bytes: number;
  time_zone: string;
  time_zones: string[];
  keyboards: string[];
  interfaces: { name: string; addresses: string[] }[];
  disks: { path: string; bytes: number; model: string }[];
}

export interface Problem {
  field: string;
  code: string;
  text: string;
}

export interface Planned {
  step: string;
  by: 'us' | 'you';
  what: string;
}

export interface Line {
  step: string;
  title: string;
  what: string;
  outcome: 'waiting' | 'running' | 'done' | 'failed' | 'yours';
  error: string | null;
}

export interface Progress {
  state: 'idle' | 'running' | 'failed' | 'done';
  steps: Line[];
}

export interface Seen {
  name: string;
  type: string;
  value: string | null;
  why: string;
  seen: string[];
  verdict: 'good' | 'missing' | 'other' | 'unknown';
}
