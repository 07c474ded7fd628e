package stream

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// SecretSize is the size of a Secret.
const SecretSize = 32

// Secret is what the two ends of one control connection know, and nobody else. Each direction has a
// key of its own, and a message is sealed with its number, so that none can be put in the place of
// another.
type Secret []byte

// NewSecret returns a secret for one control connection.
func NewSecret() Secret {
	s := make(Secret, SecretSize)
	rand.Read(s) // It never fails.
	return s
}

// The directions of a control connection.
const (
	toProcess = "lahja: to a process"
	toParent  = "lahja: to its parent"
)

// AtParent returns what seals and opens messages where the parent is.
func (s Secret) AtParent() (out, in Key, err error) { return s.keys(toProcess, toParent) }

// AtProcess returns what seals and opens messages where the process is.
func (s Secret) AtProcess() (out, in Key, err error) { return s.keys(toParent, toProcess) }

func (s Secret) keys(out, in string) (outKey, inKey Key, err error) {
	if len(s) != SecretSize {
		return outKey, inKey, fmt.Errorf("stream: a secret has %d bytes, and this one %d", SecretSize, len(s))
	}
	if outKey.aead, err = s.aead(out); err == nil {
		inKey.aead, err = s.aead(in)
	}
	return outKey, inKey, err
}

func (s Secret) aead(direction string) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, s, nil, direction, SecretSize)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// Key seals messages in one direction. No two messages that it seals have the same number.
type Key struct{ aead cipher.AEAD }

// numberSize is how long a message's number is.
const numberSize = 8

// seal is a message as it is sent.
func (k Key) seal(m Message) []byte {
	raw := binary.BigEndian.AppendUint64(make([]byte, 0, numberSize+len(m.Data)+k.aead.Overhead()), m.Number)
	return k.aead.Seal(raw, k.nonce(raw), m.Data, nil)
}

// Open reads what a Sender with the same key has sent.
func (k Key) Open(raw []byte) (m Message, err error) {
	if len(raw) < numberSize {
		return m, fmt.Errorf("stream: a message of %d bytes has no number", len(raw))
	}
	m.Number = binary.BigEndian.Uint64(raw)
	if m.Data, err = k.aead.Open(nil, k.nonce(raw), raw[numberSize:], nil); err != nil {
		return m, fmt.Errorf("stream: message %d was sealed with another key, or has been changed: %w", m.Number, err)
	}
	return m, nil
}

// nonce is the one of a message that begins with its number.
func (k Key) nonce(raw []byte) []byte {
	return append(make([]byte, k.aead.NonceSize()-numberSize), raw[:numberSize]...)
}
