package history

// Bytes is the memory that the messages of the batch take in a History, without topics: payloads and index rows.
func (b Batch) Bytes() (n int64) {
	for _, r := range b.rows {
		n += int64(r.length) + rowSize
	}
	return n
}
