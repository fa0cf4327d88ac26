/** Flash values live beside the others, under their key behind this mark. No other key begins with it. */
export const FLASH = '~'
