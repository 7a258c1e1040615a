package local

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"example.com/thingdeck/client/local/broker"
	"example.com/thingdeck/client/local/control"
)

// State is what survives the process, in one file: the records of the shadow service, whose Store it is, retained
// messages, and the registry of things, certificates and policies. What was saved outlives the process, however it ends; only with sync does it outlive the machine too.
type State struct {
	db      *bbolt.DB
	saves   chan save
	closing chan struct{}
	done    chan struct{}
	once    sync.Once
	err     error
}

// Buckets of the file.
const (
	shadowBucket   = "shadows"
	retainedBucket = "retained"
	controlBucket  = "control"
)

// commitMost bounds the records saved in one transaction.
const commitMost = 1024

// save is a record on its way to the file.
type save struct {
	bucket, key string
	record      []byte
	done        chan<- error
}

var errStateClosed = errors.New("the state file is closed")

// OpenState opens the file, or makes it with mode 0600. sync waits for the disk with each commit. A file that another
// process has open is an error at once.
func OpenState(file string, sync bool) (*State, error) {
	db, err := bbolt.Open(file, 0o600, &bbolt.Options{
		Timeout: time.Nanosecond, NoSync: !sync, NoGrowSync: !sync, NoFreelistSync: true, FreelistType: bbolt.FreelistMapType,
	})
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return nil, fmt.Errorf("--state %s: in use by another process", file)
	case err != nil:
		return nil, fmt.Errorf("--state %s: %w", file, err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range []string{shadowBucket, retainedBucket, controlBucket} {
			if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("--state %s: %w", file, err)
	}
	s := &State{db: db, saves: make(chan save, commitMost), closing: make(chan struct{}), done: make(chan struct{})}
	go s.commit()
	return s, nil
}

// Close writes what is under way and closes the file. It may be called more than once.
func (s *State) Close() error {
	s.once.Do(func() {
		close(s.closing)
		<-s.done
		if err := s.db.Sync(); err != nil {
			s.err = fmt.Errorf("close state: %w", err)
		}
		if err := s.db.Close(); err != nil {
			s.err = fmt.Errorf("close state: %w", err)
		}
	})
	return s.err
}

// Load calls f for each record of the shadow service and stops at its first error.
func (s *State) Load(f func(key string, record []byte) error) error { return s.load(shadowBucket, f) }

// Save keeps a record of the shadow service, an empty one removes it, and returns once that is safe. Saves that come at
// the same time share a commit.
func (s *State) Save(key string, record []byte) error { return s.save(shadowBucket, key, record) }

func (s *State) load(bucket string, f func(key string, record []byte) error) error {
	return s.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(bucket)).ForEach(func(k, v []byte) error { return f(string(k), v) })
	})
}

func (s *State) save(bucket, key string, record []byte) error {
	done := make(chan error, 1)
	select {
	case s.saves <- save{bucket, key, record, done}:
	case <-s.closing:
		return errStateClosed
	}
	select {
	case err := <-done:
		return err
	case <-s.done:
		select {
		case err := <-done:
			return err
		default:
			return errStateClosed
		}
	}
}

// commit writes what Save hands over, all that waits at once, until Close.
func (s *State) commit() {
	defer close(s.done)
	for {
		var batch []save
		select {
		case first := <-s.saves:
			batch = append(batch, first)
		case <-s.closing:
			s.write(s.waiting(nil))
			return
		}
		s.write(s.waiting(batch))
	}
}

// waiting adds what else is to be saved now.
func (s *State) waiting(batch []save) []save {
	for len(batch) < commitMost {
		select {
		case next := <-s.saves:
			batch = append(batch, next)
		default:
			return batch
		}
	}
	return batch
}

func (s *State) write(batch []save) {
	if len(batch) == 0 {
		return
	}
	err := s.db.Update(func(tx *bbolt.Tx) error {
		for _, one := range batch {
			b, key := tx.Bucket([]byte(one.bucket)), []byte(one.key)
			err := error(nil)
			if len(one.record) == 0 {
				err = b.Delete(key)
			} else {
				err = b.Put(key, one.record)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", one.key, err)
			}
		}
		return nil
	})
	if err != nil {
		err = fmt.Errorf("save state: %w", err)
	}
	for _, one := range batch {
		one.done <- err
	}
}

// control is the part of the state for the registry, nil without a state.
func (s *State) control() control.Store {
	if s == nil {
		return nil
	}
	return controlState{s}
}

type controlState struct{ s *State }

// Load reads the registry's records.
func (c controlState) Load(f func(key string, record []byte) error) error {
	return c.s.load(controlBucket, f)
}

// Save keeps or removes one.
func (c controlState) Save(key string, record []byte) error {
	return c.s.save(controlBucket, key, record)
}

// retained is the part of the state for the broker, nil without a state.
func (s *State) retained() broker.RetainedStore {
	if s == nil {
		return nil
	}
	return retainedState{s}
}

type retainedState struct{ s *State }

// Load reads the retained messages.
func (r retainedState) Load(f func(topic string, record []byte) error) error {
	return r.s.load(retainedBucket, f)
}

// Save keeps or removes one.
func (r retainedState) Save(topic string, record []byte) error {
	return r.s.save(retainedBucket, topic, record)
}
