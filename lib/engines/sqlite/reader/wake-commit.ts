/**
 * Words of page 1 that SQLite changes by itself: the file change counter (bytes 24 to 27), the number it is valid for and
 * the writing library's version (92 to 99). https://www.sqlite.org/fileformat2.html#the_database_header
 */
export const COUNTER_WORDS: readonly number[] = [6, 23, 24];
