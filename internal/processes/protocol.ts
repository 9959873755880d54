import type { Figures } from '../shards/figures.ts';

/**
 * What the primary and its members say to each other. A member that is asked for all figures asks the primary, which
 * asks every member for its own; `question` pairs an answer with its question.
 */
export type ToMember =
  | { readonly kind: 'stop' }
  | { readonly kind: 'tell figures'; readonly question: number }
  /** Null if a member did not answer. */
  | { readonly kind: 'all figures'; readonly question: number; readonly figures: Figures | null };

export type ToPrimary =
  | { readonly kind: 'listening'; readonly url: string }
  | { readonly kind: 'ready' }
  | { readonly kind: 'ask figures'; readonly question: number }
  | { readonly kind: 'figures'; readonly question: number; readonly figures: Figures };
