/** A column of a dense table; its cells come in the slot of that name. */
export interface Column {
  readonly key: string;
  readonly label: string;
  /** Says whose row it is: on a phone it stands above the rest, without its label. */
  readonly lead?: boolean;
  /** Holds buttons, which say themselves what they are. */
  readonly quiet?: boolean;
}
